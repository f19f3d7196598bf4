/*
 * Le confort du formulaire d’un dossier : tout marche sans lui.
 *
 *   [data-budget="charges" | "produits"]   un tableau de budget ; chaque ligne a data-compte, ou un <select> de comptes
 *   [data-total="CLE-COLONNE"]             un total à tenir à jour ; data-valeur, sa valeur au chargement
 *   [data-annee="0|1"]                     un titre de colonne : l’année N, l’année N+1
 *   [data-plafond]                         un prix unitaire hors taxes, et le plafond de l’appel
 */
(() => {
  "use strict";

  const formulaire = document.getElementById("dossier");
  if (!formulaire) return;
  const euros = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });
  const VOLONTAIRE = /^8[67]/;
  const DEMANDE = "74-CITE";

  /* « 1 234,50 € » → 1234.5 ; null quand la case est vide, NaN quand elle ne se lit pas (l’enregistrement dira pourquoi). */
  const montant = (texte) => {
    const net = texte.replace(/[\s\u00a0\u202f€'’]|eur(?:os?)?/gi, "").replace("−", "-").replace(",", ".");
    if (!net) return null;
    return /^-?\d+(\.\d{1,2})?$/.test(net) ? Number(net) : NaN;
  };

  const compteDe = (champ) => {
    const ligne = champ.closest("tr");
    const choix = ligne.querySelector("select");
    return ligne.dataset.compte || (choix ? choix.value : "");
  };

  const centimes = (tableau, colonne, garder) => {
    let total = 0;
    const suffixe = colonne ? "-montant_n1" : "-montant_n";
    tableau.querySelectorAll(`input[name$="${suffixe}"]`).forEach((champ) => {
      const ligne = champ.closest("tr");
      if (ligne.classList.contains("ligne-retiree")) return;
      const valeur = montant(champ.value);
      champ.toggleAttribute("data-illisible", Number.isNaN(valeur));
      if (valeur && garder(compteDe(champ))) total += Math.round(valeur * 100);
    });
    return total;
  };

  const ecrireTexte = (cle, texte) => {
    formulaire.querySelectorAll(`[data-total="${cle}"]`).forEach((cellule) => { cellule.textContent = texte; });
  };

  const enEuros = (centimes) => euros.format(centimes / 100).replace("-", "−");

  const ecrire = (cle, valeur) => {
    ecrireTexte(cle, enEuros(valeur));
    formulaire.querySelectorAll(`[data-total="${cle}"]`).forEach((cellule) => {
      cellule.classList.toggle("total-faux", cle.startsWith("ecart-") && valeur !== 0);
    });
  };

  const initial = (cle) => {
    const cellule = formulaire.querySelector(`[data-total="${cle}"][data-valeur]`);
    return cellule ? Math.round(Number(cellule.dataset.valeur) * 100) : 0;
  };

  const annees = () => {
    const champ = formulaire.elements.namedItem("annee");
    const n = champ && /^\s*\d{4}\s*$/.test(champ.value) ? Number(champ.value) : null;
    return n ? [String(n), String(n + 1)] : null;
  };

  /* Tous ceux que le projet compte : enfants et jeunes, parents, professionnels ; null quand ces questions sont fermées. */
  const beneficiaires = () => {
    const champs = formulaire.querySelectorAll(
      'input[name^="effectifs"][name$="-filles"], input[name^="effectifs"][name$="-garcons"], '
      + '[name="nombre_parents"], [name="nombre_professionnels"]');
    let total = 0;
    champs.forEach((champ) => {
      const valeur = montant(champ.value);
      if (valeur > 0) total += Math.round(valeur);
    });
    return champs.length ? total : null;
  };

  const SENS = [
    ["charges", "charges", (compte) => !VOLONTAIRE.test(compte)],
    ["produits", "produits", (compte) => !VOLONTAIRE.test(compte)],
    ["demande", "produits", (compte) => compte === DEMANDE],
    ["emplois", "charges", (compte) => VOLONTAIRE.test(compte)],
    ["ressources", "produits", (compte) => VOLONTAIRE.test(compte)],
  ];
  const pourcents = new Intl.NumberFormat("fr-FR", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

  const phraseDe = (valeurs) => {
    if (!valeurs.charges && !valeurs.produits) return "rien n’est encore écrit.";
    if (valeurs.ecart === 0) return "charges et produits sont équilibrés.";
    return valeurs.ecart < 0
      ? `il manque ${enEuros(-valeurs.ecart)} de produits.`
      : `il y a ${enEuros(valeurs.ecart)} de produits en trop.`;
  };

  const totaliser = () => {
    const tableaux = {
      charges: formulaire.querySelector('[data-budget="charges"]'),
      produits: formulaire.querySelector('[data-budget="produits"]'),
    };
    if (!tableaux.charges && !tableaux.produits) return;
    const noms = annees() || ["Année N", "Année N+1"];
    const colonnes = [0, 1].map((colonne) => Object.fromEntries(SENS.map(([cle, nom, garder]) =>
      [cle, tableaux[nom] ? centimes(tableaux[nom], colonne, garder) : initial(`${cle}-${colonne}`)])));
    colonnes.push(Object.fromEntries(SENS.map(([cle]) => [cle, colonnes[0][cle] + colonnes[1][cle]])));
    const personnes = beneficiaires();
    colonnes.forEach((valeurs, colonne) => {
      valeurs.ecart = valeurs.produits - valeurs.charges;
      for (const [cle, valeur] of Object.entries(valeurs)) ecrire(`${cle}-${colonne}`, valeur);
      ecrireTexte(`part-${colonne}`, valeurs.produits > 0 ? pourcents.format(valeurs.demande / valeurs.produits) : "—");
      if (personnes !== null) ecrireTexte(`cout-${colonne}`, personnes ? enEuros(valeurs.charges / personnes) : "—");
    });
    const etat = formulaire.querySelector("[data-equilibre]");
    const phrases = [0, 1].map((colonne) => `${noms[colonne]}\u00a0: ${phraseDe(colonnes[colonne])}`);
    const illisibles = formulaire.querySelectorAll("[data-illisible]").length;
    if (illisibles) phrases.push("Un montant au moins n’est pas compté\u00a0: il ne se lit pas comme un nombre.");
    const texte = phrases.join(" ");
    if (etat && etat.textContent !== texte) etat.textContent = texte;
  };

  const nommerAnnees = () => {
    const noms = annees();
    if (!noms) return;
    formulaire.querySelectorAll("[data-annee]").forEach((titre) => { titre.textContent = noms[titre.dataset.annee]; });
    formulaire.querySelectorAll("[data-annee-libelle]").forEach((cellule) => {
      const nom = noms[cellule.dataset.anneeLibelle];
      cellule.dataset.libelle = cellule.classList.contains("nombre") ? nom : `${nom} (€)`;
    });
  };

  const plafonner = (champ) => {
    const id = `${champ.id}_plafond`;
    let alerte = document.getElementById(id);
    const valeur = montant(champ.value);
    const plafond = Number(champ.dataset.plafond);
    const depasse = valeur !== null && valeur > plafond;
    if (!depasse) {
      if (alerte) alerte.remove();
      return;
    }
    if (!alerte) {
      alerte = document.createElement("p");
      alerte.id = id;
      alerte.className = "constat constat-bloquant";
      alerte.setAttribute("role", "status");
      champ.insertAdjacentElement("afterend", alerte);
    }
    alerte.textContent = `Le matériel est plafonné à ${euros.format(plafond)} HT l’unité.`;
  };

  // La ligne vide de fin sert à qui n’a pas JavaScript ; avec lui, un bouton en ajoute autant qu’on veut.
  document.querySelectorAll("[data-lignes]").forEach((bloc) => {
    const lignes = bloc.querySelectorAll("[data-lignes-corps] > [data-ligne]");
    const derniere = lignes[lignes.length - 1];
    const total = bloc.querySelector("[name$='-TOTAL_FORMS']");
    const initiales = Number(bloc.querySelector("[name$='-INITIAL_FORMS']").value);
    if (!derniere || lignes.length <= initiales || (lignes.length === 1 && !bloc.dataset.budget)) return;
    const champs = derniere.querySelectorAll("input:not([type='checkbox'], [type='hidden']), select, textarea");
    if ([...champs].some((champ) => champ.value)) return;
    derniere.remove();
    total.value = lignes.length - 1;
  });

  let minuterie = null;
  const bientot = () => {
    clearTimeout(minuterie);
    minuterie = setTimeout(totaliser, 150);
  };

  formulaire.addEventListener("input", (evenement) => {
    if (evenement.target.name === "annee") nommerAnnees();
    if (evenement.target.dataset.plafond) plafonner(evenement.target);
    if (/^(annee|effectifs|nombre_)/.test(evenement.target.name) || evenement.target.closest("[data-budget]")) bientot();
  });
  formulaire.addEventListener("change", bientot);
  document.addEventListener("lignes:changees", bientot);
  document.addEventListener("lignes:ajoutee", nommerAnnees);
  totaliser();

  // Une adresse qui vise un champ ou un passage ouvre la section où il se trouve, et y met le focus.
  const ouvrir = () => {
    const cible = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!cible) return;
    for (let volet = cible.closest("details"); volet; volet = volet.parentElement.closest("details")) volet.open = true;
    cible.scrollIntoView({ block: cible.matches("section, details") ? "start" : "center" });
    cible.focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", ouvrir);
  ouvrir();
})();
