/*
 * Un dossier en cours de saisie s’enregistre tout seul, le dit, et ne perd rien : sans ce script, le bouton enregistre.
 *
 *   [data-enregistrement]    l’état, visible : « Enregistré à 14 h 32 », « Enregistrement… », « Hors connexion… »
 *   [data-dossier]           l’adresse du dossier ; data-version, sa version
 *   [data-presence]          qui d’autre a modifié la page
 *   template[data-reprise]   l’offre de remettre ce qui est resté sur l’appareil
 *
 * Ce qui n’est pas encore enregistré est gardé sur l’appareil (localStorage, une entrée par page), et effacé dès que c’est fait.
 * Ce que les règles disent d’une réponse se montre quand on a quitté son champ, jamais avant.
 */
(() => {
  "use strict";

  /* Une copie envoyée avant cette version du dossier est enregistrée : elle quitte l’appareil, sur toute page du dossier. */
  const dossier = document.querySelector("[data-dossier]");
  if (dossier) {
    try {
      Object.keys(localStorage).filter((cle) => cle.startsWith(`depot:${dossier.dataset.dossier}`)).forEach((cle) => {
        const copie = JSON.parse(localStorage.getItem(cle));
        if (copie.envoye && Number(dossier.dataset.version) > Number(copie.version)) localStorage.removeItem(cle);
      });
    } catch { /* mémoire refusée : rien n’y est */ }
  }

  const formulaire = document.getElementById("dossier");
  if (!formulaire) return;
  const SECRETS = new Set(["csrfmiddlewaretoken", "preuve", "version", "cases"]);
  const CLE = `depot:${location.pathname}`;
  const SEMAINE = 7 * 24 * 3600 * 1000;
  const etat = formulaire.querySelector("[data-enregistrement]");
  const champ = (nom) => formulaire.elements.namedItem(nom);
  const annoncer = (texte) => window.portail && window.portail.annoncer(texte);

  /* --- L’état : visible toujours, dit à voix haute seulement quand il change de nature --- */
  let nature = "";
  const dire = (texte, nouvelle) => {
    if (!etat) return;
    etat.hidden = false;
    etat.textContent = texte;
    etat.dataset.nature = nouvelle;
    if (nouvelle !== "cours" && nouvelle !== nature) {
      nature = nouvelle;
      annoncer(texte);
    }
  };

  /* --- Sur l’appareil --- */
  const paires = () => [...new FormData(formulaire)].filter(([nom, valeur]) => !SECRETS.has(nom) && typeof valeur === "string");
  const garder = (envoye) => {
    try {
      const copie = { le: Date.now(), version: champ("version").value, envoye: Boolean(envoye), paires: paires() };
      localStorage.setItem(CLE, JSON.stringify(copie));
    } catch { /* mémoire pleine ou refusée : le serveur reste */ }
  };
  const gardee = () => {
    try { return JSON.parse(localStorage.getItem(CLE)); } catch { return null; }
  };
  const oublier = () => {
    try { localStorage.removeItem(CLE); } catch { /* rien à oublier */ }
  };

  /* --- Ce que les règles disent, au champ quitté --- */
  const quittes = new Set([...formulaire.querySelectorAll(".constats[id]")].map((liste) => liste.id.replace(/_constats$/, "")));
  const MOTS = { bloquant: "À corriger", a_verifier: "À vérifier", conseil: "Conseil" };
  const placer = (cible, liste) => {
    if (cible.matches("fieldset")) {
      const tete = cible.querySelector(".form-text") || cible.querySelector("legend");
      tete.insertAdjacentElement("afterend", liste);
    } else if (cible.matches("input, select, textarea")) {
      cible.insertAdjacentElement(cible.closest("td, .fiche-saisie, .form-check") ? "afterend" : "beforebegin", liste);
    } else {
      (cible.querySelector(".tableau-question") || cible).append(liste);
    }
  };
  const decrire = (cible, id, oui) => {
    const mots = (cible.getAttribute("aria-describedby") || "").split(/\s+/).filter((mot) => mot && mot !== id);
    if (oui) mots.push(id);
    if (mots.length) cible.setAttribute("aria-describedby", mots.join(" "));
    else cible.removeAttribute("aria-describedby");
  };
  const montrer = (ancre, constats) => {
    const cible = document.getElementById(ancre);
    if (!cible) return;
    const id = `${ancre}_constats`;
    let liste = document.getElementById(id);
    const avant = liste ? liste.textContent : "";
    if (!constats.length) {
      if (liste) liste.remove();
    } else {
      if (!liste) {
        liste = document.createElement("ul");
        liste.className = "constats";
        liste.id = id;
        placer(cible, liste);
      }
      liste.replaceChildren(...constats.map((constat) => {
        const ligne = document.createElement("li");
        ligne.className = `constat constat-${constat.gravite}`;
        ligne.textContent = `${MOTS[constat.gravite]}\u00a0: ${constat.message}`;
        return ligne;
      }));
      if (liste.textContent !== avant) annoncer(liste.textContent);
    }
    if (cible.matches("input, select, textarea")) {
      decrire(cible, id, constats.length > 0);
      if (!cible.matches("[type='checkbox']")) {
        cible.classList.toggle("is-invalid", constats.some((constat) => constat.gravite === "bloquant"));
      }
    }
  };
  const faireParler = (suite) => {
    const illisibles = Object.fromEntries(suite.illisibles.map((un) => [un.ancre, [{ gravite: "bloquant", message: un.message }]]));
    for (const ancre of quittes) montrer(ancre, illisibles[ancre] || suite.constats[ancre] || []);
  };
  formulaire.addEventListener("change", (evenement) => {
    if (!evenement.target.id) return;
    quittes.add(evenement.target.id);
    for (let zone = evenement.target.parentElement; zone && zone !== formulaire; zone = zone.parentElement) {
      if (/^id_[a-z0-9_]+$/.test(zone.id)) quittes.add(zone.id);
    }
  });

  /* --- Enregistrer --- */
  let attente = null;
  let enCours = false;
  let arrete = false;
  let reprise = 0;
  let dernier = JSON.stringify(paires());
  const programmer = (delai) => {
    clearTimeout(attente);
    attente = setTimeout(enregistrer, delai);
  };
  const recevoir = (suite, envoye) => {
    reprise = 0;
    champ("version").value = suite.version;
    champ("vu").value = suite.vu;
    faireParler(suite);
    const presence = document.querySelector("[data-presence]");
    if (presence && suite.presence) {
      presence.hidden = false;
      presence.querySelector("span").textContent = suite.presence;
    }
    if (suite.conflits.length) {
      dire(`Deux réponses différentes à «\u00a0${suite.conflits[0]}\u00a0»\u00a0: enregistrez avec le bouton pour choisir.`, "conflit");
      return;
    }
    const illisible = suite.illisibles.length ? ". Une réponse ne se lit pas encore." : "";
    dire(suite.message + illisible, "fait");
    dernier = JSON.stringify(paires());
    if (attente === null && JSON.stringify(envoye) === JSON.stringify(paires().filter(([nom]) => nom !== "vu"))) {
      if (illisible) return;
      oublier();
      formulaire.dispatchEvent(new CustomEvent("portail:enregistre", { bubbles: true }));
    }
  };
  const horsConnexion = () => {
    dire("Hors connexion\u00a0: gardé sur cet appareil, nous réessayons.", "hors");
    garder(false);
    reprise = Math.min(reprise + 1, 6);
    programmer(5000 * reprise);
  };
  const enregistrer = async () => {
    clearTimeout(attente);
    attente = null;
    if (enCours || arrete || formulaire.dataset.envoye === "oui" || JSON.stringify(paires()) === dernier) return;
    if (!navigator.onLine) { horsConnexion(); return; }
    enCours = true;
    const envoye = paires().filter(([nom]) => nom !== "vu");
    dire("Enregistrement…", "cours");
    try {
      const reponse = await fetch(location.pathname, {
        method: "POST",
        body: new FormData(formulaire),
        headers: { "X-Enregistrement": "automatique" },
        redirect: "manual",
      });
      if (reponse.status >= 500 || reponse.status === 429) { horsConnexion(); return; }
      if (!reponse.ok) throw new Error("refus");
      recevoir(await reponse.json(), envoye);
    } catch (erreur) {
      if (erreur instanceof TypeError) { horsConnexion(); return; }
      // Refus ou session finie : le bouton, lui, dira pourquoi et gardera la saisie.
      arrete = true;
      garder(false);
      dire("L’enregistrement automatique s’est arrêté\u00a0: enregistrez avec le bouton, rien n’est perdu.", "arret");
    } finally {
      enCours = false;
    }
  };

  let copie = null;
  const modifie = (delai) => {
    clearTimeout(copie);
    copie = setTimeout(() => garder(false), 300);
    if (!arrete) programmer(delai);
  };
  formulaire.addEventListener("input", () => modifie(3000));
  formulaire.addEventListener("change", () => modifie(400));
  document.addEventListener("lignes:changees", () => modifie(3000));
  window.addEventListener("online", () => { reprise = 0; if (!arrete) programmer(0); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && attente !== null) enregistrer(); });
  formulaire.addEventListener("submit", (evenement) => {
    clearTimeout(copie);
    if (!navigator.onLine) {
      evenement.preventDefault();
      evenement.stopImmediatePropagation();
      horsConnexion();
      return;
    }
    clearTimeout(attente);
    garder(true);
  }, true);

  // Revenue par le bouton « Précédent », la page n’est peut-être pas partie : sa copie redevient à garder.
  window.addEventListener("pageshow", (evenement) => { if (evenement.persisted && JSON.stringify(paires()) !== dernier) garder(false); });

  /* --- Ce qui était resté sur l’appareil --- */
  const remettre = (valeurs) => {
    const parNom = new Map();
    valeurs.forEach(([nom, valeur]) => parNom.set(nom, [...(parNom.get(nom) || []), valeur]));
    for (const [nom, [total]] of parNom) {
      const bloc = nom.endsWith("-TOTAL_FORMS") && formulaire.querySelector(`[data-lignes="${nom.slice(0, -12)}"]`);
      const bouton = bloc && bloc.querySelector("[data-ajouter-ligne]");
      for (let rang = bouton ? Number(champ(nom).value) : 0; bouton && rang < Number(total); rang += 1) bouton.click();
    }
    for (const element of formulaire.elements) {
      if (!element.name || SECRETS.has(element.name) || /-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(element.name)) continue;
      const siennes = parNom.get(element.name) || [];
      if (element.matches("[type='checkbox'], [type='radio']")) element.checked = siennes.includes(element.value);
      else if (siennes.length && !element.matches("button")) [element.value] = siennes;
    }
    formulaire.dispatchEvent(new Event("input", { bubbles: true }));
    formulaire.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const trouvee = gardee();
  const comparables = (valeurs) => JSON.stringify(valeurs.filter(([nom]) => nom !== "vu" && !/_FORMS$/.test(nom)));
  if (!trouvee || champ("vu").dataset.liee !== undefined) return;
  const enregistree = trouvee.envoye && Number(champ("version").value) > Number(trouvee.version);
  if (enregistree || Date.now() - trouvee.le > SEMAINE || comparables(trouvee.paires) === comparables(paires())) {
    oublier();
    return;
  }
  const modele = document.querySelector("template[data-reprise]");
  const offre = modele.content.firstElementChild.cloneNode(true);
  offre.querySelector("[data-reprise-quand]").textContent = new Date(trouvee.le).toLocaleString("fr-FR", {
    day: "numeric", month: "long", hour: "2-digit", minute: "2-digit",
  });
  offre.querySelector("[data-reprise-remettre]").addEventListener("click", () => {
    offre.remove();
    remettre(trouvee.paires);
    annoncer("Vos réponses sont remises dans la page.");
  });
  offre.querySelector("[data-reprise-effacer]").addEventListener("click", () => { oublier(); offre.remove(); });
  formulaire.insertAdjacentElement("beforebegin", offre);
})();
