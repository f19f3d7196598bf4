/*
 * L’éditeur de budget : se déplacer de case en case, coller depuis un tableur. Tout marche sans lui (« Coller depuis un
 * tableur »), et le serveur seul reconnaît les comptes.
 *
 *   #dossier[data-coller]            l’adresse qui lit des lignes collées
 *   [data-budget="charges|produits"] un tableau de budget ; chaque ligne d’un compte a data-compte
 *   [data-collage]                   où se dit ce que le collage a fait, avec de quoi l’annuler
 */
(() => {
  "use strict";

  const formulaire = document.getElementById("dossier");
  if (!formulaire) return;

  const COLONNES = ["-montant_n", "-montant_n1"];
  const colonneDe = (champ) => (champ.name.endsWith(COLONNES[1]) ? 1 : 0);
  const estCase = (champ) => Boolean(champ && champ.name && /-montant_n1?$/.test(champ.name) && champ.closest("[data-budget]"));
  const casesDe = (tableau, colonne) => [...tableau.querySelectorAll(`input[name$="${COLONNES[colonne]}"]`)]
    .filter((champ) => !champ.closest(".ligne-retiree"));
  const pluriel = (nombre, mot) => `${nombre} ${mot}${nombre > 1 ? "s" : ""}`;

  // Entrée et les flèches vont d’une ligne à l’autre, dans la même colonne.
  formulaire.addEventListener("keydown", (evenement) => {
    const champ = evenement.target;
    if (!estCase(champ) || evenement.altKey || evenement.ctrlKey || evenement.metaKey || evenement.isComposing) return;
    const pas = { Enter: evenement.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[evenement.key];
    if (!pas) return;
    evenement.preventDefault();
    const tableau = champ.closest("[data-budget]");
    const cases = casesDe(tableau, colonneDe(champ));
    const suivante = cases[cases.indexOf(champ) + pas];
    if (suivante) {
      suivante.focus();
      suivante.select();
    } else if (evenement.key === "Enter" && pas > 0) {
      tableau.querySelector("[data-ajouter-ligne]").focus();
    }
  });

  /* Écrit dans des cases, dit ce qui est fait, et sait le défaire. */
  const ecrire = (etat, ecritures, suite) => {
    const avant = ecritures.map(([champ]) => champ.value);
    const poser = (valeurs) => ecritures.forEach(([champ], rang) => {
      champ.value = valeurs[rang];
      champ.dispatchEvent(new Event("input", { bubbles: true }));
    });
    poser(ecritures.map(([, valeur]) => valeur));
    dire(etat, `${pluriel(ecritures.length, "case")} remplie${ecritures.length > 1 ? "s" : ""} par le collage.`, suite);
    if (!ecritures.length) return;
    bouton(etat, "Annuler le collage", () => {
      poser(avant);
      dire(etat, "Le collage est annulé : les cases ont retrouvé leurs valeurs.");
      ecritures[0][0].focus();
    });
  };

  const dire = (etat, texte, suite = []) => {
    etat.replaceChildren();
    for (const phrase of [texte, ...suite]) {
      const paragraphe = document.createElement("p");
      paragraphe.className = "mb-0";
      paragraphe.textContent = phrase;
      etat.append(paragraphe);
    }
  };

  const bouton = (etat, libelle, faire) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "btn btn-outline-secondary btn-sm mt-2 me-2";
    element.textContent = libelle;
    element.addEventListener("click", faire);
    etat.append(element);
  };

  /* « 1 234,50 € », « (12) », une case vide : rien qui soit un libellé. */
  const estNombre = (cellule) => !cellule || cellule === "-" || cellule === "–" || /^[-−(]?[\d\s\u00a0\u202f.,'’]+(€|euros?|eur)?\)?$/i.test(cellule);

  const remplirColonnes = (champ, rangees, etat) => {
    const tableau = champ.closest("[data-budget]");
    const colonne = colonneDe(champ);
    const depart = casesDe(tableau, colonne).indexOf(champ);
    const ecritures = [];
    const perdues = [];
    rangees.forEach((cellules, rang) => {
      cellules.forEach((cellule, decalage) => {
        if (!cellule || cellule === "-" || cellule === "–") return;
        const cible = colonne + decalage < 2 ? casesDe(tableau, colonne + decalage)[depart + rang] : null;
        if (cible) ecritures.push([cible, cellule]);
        else perdues.push(cellule);
      });
    });
    const suite = perdues.length ? [`Sans case pour les recevoir\u00a0: ${perdues.join(" · ")}.`] : [];
    ecrire(etat, ecritures, suite);
  };

  const remplirComptes = async (texte, etat) => {
    const corps = new FormData();
    corps.append("csrfmiddlewaretoken", formulaire.elements.namedItem("csrfmiddlewaretoken").value);
    corps.append("texte", texte);
    dire(etat, "Lecture des lignes collées…");
    let lu;
    try {
      const reponse = await fetch(formulaire.dataset.coller, {
        method: "POST", body: corps, headers: { "X-Lecture": "automatique" }, redirect: "error",
      });
      if (!reponse.ok) throw new Error(String(reponse.status));
      lu = await reponse.json();
    } catch {
      dire(etat, "Ces lignes n’ont pas pu être lues : ouvrez « Coller depuis un tableur », et collez-les là.");
      return;
    }
    const ecritures = [];
    const aVoir = [...lu.a_voir];
    const pris = new Set();
    for (const ligne of lu.lignes) {
      const rangee = formulaire.querySelector(
        `[data-budget="${ligne.champ}"] tr[data-compte="${CSS.escape(ligne.compte)}"]`);
      if (!rangee || pris.has(ligne.compte)) {
        aVoir.push(ligne.texte);
        continue;
      }
      pris.add(ligne.compte);
      const valeurs = [...ligne.montants, ligne.detail];
      [...COLONNES, "-detail"].forEach((nom, rang) => {
        const champ = rangee.querySelector(`input[name$="${nom}"]`);
        if (champ && valeurs[rang]) ecritures.push([champ, valeurs[rang]]);
      });
    }
    const suite = aVoir.length
      ? [`${pluriel(aVoir.length, "ligne")} à ranger vous-même\u00a0: ${aVoir.map((t) => t.split(/\s+/).join(" ")).join(" · ")}.`]
      : [];
    ecrire(etat, ecritures, suite);
    if (aVoir.length) bouton(etat, "Choisir leur compte", () => ranger(aVoir));
  };

  /* Le dossier est enregistré, puis l’outil s’ouvre sur ces lignes. */
  const ranger = (lignes) => {
    for (const [nom, valeur] of [["collage", lignes.join("\n")], ["outil", "coller"]]) {
      const champ = document.createElement("input");
      champ.type = "hidden";
      champ.name = nom;
      champ.value = valeur;
      formulaire.append(champ);
    }
    formulaire.requestSubmit();
  };

  formulaire.addEventListener("paste", (evenement) => {
    const champ = evenement.target;
    if (!estCase(champ) || !evenement.clipboardData) return;
    const texte = evenement.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    if (!/[\t\n]/.test(texte)) return; // une seule valeur : la case la reçoit comme d’habitude
    evenement.preventDefault();
    const rangees = texte.split("\n").map((ligne) => ligne.split("\t").map((cellule) => cellule.trim()));
    const etat = champ.closest("[data-budget]").querySelector("[data-collage]");
    if (rangees.every((cellules) => cellules.every(estNombre))) remplirColonnes(champ, rangees, etat);
    else remplirComptes(texte, etat);
  });
})();
