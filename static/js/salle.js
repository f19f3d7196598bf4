/* La salle de la troïka à plusieurs : ce que les autres enregistrent s’affiche sans recharger, ce que l’on écrit reste.
   Sans ce script tout marche : « Actualiser » recharge, les formulaires s’envoient. Le serveur seul tranche les conflits. */
(() => {
  "use strict";

  let salle = document.querySelector("[data-salle]");
  if (!salle || !window.portail.fusion) return;
  const { estModifie, fusionner, enAttente, rendre } = window.portail.fusion;
  const adresse = salle.dataset.salle;
  const CADENCE = 2500;
  const ATTENTE_MAXIMALE = 30000;
  const barre = document.querySelector("[data-direct-texte]");
  const lecteur = new DOMParser();

  let etat = salle.dataset.etat;
  let echecs = 0;
  let envois = 0;
  let compose = false;
  let arretee = "finie" in salle.dataset;
  let minuterie = null;
  let enCours = false;

  const dire = (texte, ton = "") => {
    if (!barre) return;
    barre.textContent = texte;
    barre.closest("[data-direct]").dataset.ton = ton;
    window.portail.annoncer(texte);
  };

  /* --- Ce que la page montre, morceau par morceau, tel que le serveur l’a écrit --- */
  const nu = (zone) => zone.innerHTML.replace(/<input[^>]*csrfmiddlewaretoken[^>]*>/g, "");
  const morceaux = (zone) => [...zone.querySelectorAll("[data-morceau]")];
  const base = new Map();
  const retenir = (zone) => morceaux(zone).forEach((un) => base.set(un.dataset.morceau, nu(un)));
  retenir(salle);
  const morceau = (nom) => morceaux(salle).find((un) => un.dataset.morceau === nom);
  const nomComplet = (zone) => {
    const numero = zone.closest("[data-point]")?.dataset.numero;
    return numero ? `${zone.dataset.libelle} (${numero})` : zone.dataset.libelle;
  };
  const signaler = (zone) => {
    zone.classList.add("vient-de-changer");
    setTimeout(() => zone.classList.remove("vient-de-changer"), 4000);
  };

  /* --- L’ordre du jour : des points arrivent, partent, changent de place --- */
  const ranger = (nouvelle, changes) => {
    const liste = salle.querySelector("[data-points]");
    const attendus = [...nouvelle.querySelectorAll("[data-point]")];
    const gardes = new Set(attendus.map((point) => point.dataset.point));
    for (const point of [...liste.querySelectorAll("[data-point]")]) {
      if (gardes.has(point.dataset.point)) continue;
      const saisies = enAttente(point);
      if (saisies.length) {
        const boite = rendre(saisies);
        boite.prepend(`Le projet ${point.dataset.numero} n’est plus à l’ordre du jour. `);
        salle.querySelector("#ordre-du-jour").before(boite);
      }
      point.remove();
      changes.add("l’ordre du jour");
    }
    attendus.forEach((attendu, rang) => {
      let point = [...liste.children].find((un) => un.dataset.point === attendu.dataset.point);
      if (!point) {
        point = document.importNode(attendu, true);
        retenir(point);
        changes.add("l’ordre du jour");
      }
      if (liste.children[rang] !== point) {
        const actif = point.contains(document.activeElement) ? document.activeElement : null;
        liste.insertBefore(point, liste.children[rang] || null);
        actif?.focus({ preventScroll: true });
      }
    });
  };

  /* Prend d’une réponse du serveur tout ce qui a changé. « propre » : le formulaire qui vient d’être enregistré ;
     « force » : le morceau que le serveur rend avec ses remarques. */
  const appliquer = (texte, { propre = null, force = "" } = {}) => {
    const nouvelle = lecteur.parseFromString(texte, "text/html").getElementById("salle");
    if (!nouvelle) return null;
    const changes = new Set();
    const entetes = new Set(); // ce que le titre d’un point répète : dit seulement si rien d’autre ne l’est
    let choix = 0;
    ranger(nouvelle, changes);
    for (const neuf of morceaux(nouvelle)) {
      const nom = neuf.dataset.morceau;
      const ancien = morceau(nom);
      const html = nu(neuf);
      if (!ancien || (base.get(nom) === html && nom !== force && !(propre && ancien.contains(propre)))) continue;
      const depuis = base.get(nom);
      base.set(nom, html);
      if (nom === force) {
        ancien.replaceChildren(...document.importNode(neuf, true).childNodes);
        continue;
      }
      const { conflits, perdus } = fusionner(ancien, neuf, propre);
      choix += conflits + perdus;
      if (depuis !== html && ancien.dataset.libelle && !nom.startsWith("saisie-") && nom !== "enveloppes") {
        (nom.startsWith("tete-") ? entetes : changes).add(nomComplet(ancien));
        if (!propre) signaler(ancien);
      }
    }
    etat = nouvelle.dataset.etat;
    if ("finie" in nouvelle.dataset) finir();
    document.dispatchEvent(new CustomEvent("salle:change"));
    return { changes: [...(changes.size ? changes : entetes)], choix };
  };
  /* Les décisions sont publiées : ce qui servait à écrire s’en va, ce qui était écrit a été rendu. */
  const finir = () => {
    arretee = true;
    salle.dataset.finie = "";
    morceaux(salle).filter((un) => un.dataset.morceau === "saisie-presences").forEach((un) => {
      const saisies = enAttente(un);
      const volet = un.closest("details");
      if (saisies.length) volet.before(rendre(saisies));
      volet.remove();
    });
    dire("Les décisions viennent d’être publiées : cette page ne se modifie plus.");
  };

  /* --- Demander si quelque chose a changé --- */
  const attente = () => Math.min(CADENCE * 2 ** Math.min(echecs, 5), ATTENTE_MAXIMALE);
  const programmer = () => {
    clearTimeout(minuterie);
    if (!arretee && !document.hidden) minuterie = setTimeout(demander, attente());
  };
  const arreter = (texte) => {
    arretee = true;
    dire(texte, "alerte");
  };
  const retrouver = () => {
    if (echecs) dire("Connexion rétablie : la page est à jour.");
    echecs = 0;
  };
  const demander = async () => {
    if (arretee || enCours) return;
    if (envois || compose) { programmer(); return; }
    enCours = true;
    try {
      const reponse = await fetch(adresse, {
        headers: { "If-None-Match": `"${etat}"` }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout?.(15000),
      });
      if (reponse.type === "opaqueredirect") arreter("Vous n’êtes plus connecté. Ce que vous avez écrit reste à l’écran : copiez-le, puis actualisez.");
      else if (reponse.status === 403 || reponse.status === 404) arreter("Cette séance ne vous est plus ouverte. Ce que vous avez écrit reste à l’écran.");
      else if (reponse.status === 304) retrouver();
      else if (!reponse.ok) throw new Error(String(reponse.status));
      else {
        const texte = await reponse.text();
        // Un envoi parti entre-temps donnera un état plus récent.
        if (!envois && !compose) {
          retrouver();
          annoncer(appliquer(texte));
        }
      }
    } catch {
      echecs += 1;
      if (echecs === 1) dire("Connexion perdue, nouvel essai…", "alerte");
    }
    enCours = false;
    programmer();
  };
  const annoncer = (bilan) => {
    if (!bilan || arretee) return;
    const choix = bilan.choix ? " Votre saisie est gardée : une autre valeur vient d’être enregistrée, comparez." : "";
    if (bilan.changes.length || choix) dire(`Vient de changer : ${bilan.changes.join(", ") || "une réponse"}.${choix}`, choix ? "attente" : "");
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(minuterie);
    else demander();
  });
  window.addEventListener("online", demander);
  document.addEventListener("compositionstart", () => { compose = true; });
  document.addEventListener("compositionend", () => { compose = false; });
  document.addEventListener("click", (evenement) => {
    const lien = evenement.target instanceof Element && evenement.target.closest("[data-actualiser]");
    if (!lien || arretee || evenement.ctrlKey || evenement.metaKey || evenement.shiftKey) return;
    evenement.preventDefault();
    echecs = 0;
    demander().then(() => { if (!echecs && !arretee) dire("La page est à jour."); });
  });

  /* --- Enregistrer sans quitter la page : les autres saisies restent --- */
  const occuper = (formulaire, oui) => {
    formulaire.toggleAttribute("aria-busy", oui);
    if (oui) formulaire.setAttribute("aria-busy", "true"); // les boutons restent actifs : le clavier n’y perd pas sa place
  };
  const montrerRefus = (nom) => {
    const zone = morceau(nom);
    if (!zone) return;
    for (let volet = zone.closest("details"); volet; volet = volet.parentElement.closest("details")) volet.open = true;
    const premier = zone.querySelector("[data-refus], .erreur-champ");
    if (!premier) return;
    premier.tabIndex = -1;
    premier.scrollIntoView({ block: "center" });
    premier.focus({ preventScroll: true });
  };
  const recevoir = (formulaire, reponse, texte) => {
    const page = lecteur.parseFromString(texte, "text/html");
    if (!page.getElementById("salle")) {
      const titre = page.querySelector("main h1")?.textContent.trim() || "Ce n’est pas enregistré";
      const suite = page.querySelector("main .chapo")?.textContent.trim() || "";
      dire(`${titre}. ${suite} Ce que vous avez écrit reste à l’écran.`, "alerte");
      return;
    }
    const nom = formulaire.closest("[data-morceau]").dataset.morceau;
    const message = [...page.querySelectorAll("[data-messages] .alerte")].map((un) => un.textContent.replace(/\s+/g, " ").trim());
    if (reponse.redirected) {
      const volet = formulaire.closest("details");
      if (volet && formulaire.closest("[data-morceau]").contains(volet)) volet.open = false;
      appliquer(texte, { propre: formulaire });
      formulaire.dispatchEvent(new CustomEvent("portail:enregistre", { bubbles: true }));
      if (!arretee) dire(message.join(" ") || "C’est enregistré.", "succes");
    } else {
      appliquer(texte, { force: nom });
      dire("Ce n’est pas encore enregistré : votre saisie est gardée, regardez les remarques.", "alerte");
      montrerRefus(nom);
    }
  };
  document.addEventListener("submit", async (evenement) => {
    const formulaire = evenement.target;
    const bouton = evenement.submitter;
    if (evenement.defaultPrevented || !formulaire.matches("#salle form[data-partage]")) return;
    if (bouton?.hasAttribute("data-pleine-page")) return;
    evenement.preventDefault();
    if (formulaire.hasAttribute("aria-busy")) return;
    const corps = new URLSearchParams(new FormData(formulaire));
    if (bouton?.name) corps.append(bouton.name, bouton.value);
    envois += 1;
    occuper(formulaire, true);
    try {
      const reponse = await fetch(formulaire.action, { method: "POST", body: corps, cache: "no-store" });
      const texte = await reponse.text();
      occuper(formulaire, false);
      if (reponse.status >= 500) throw new Error(String(reponse.status));
      recevoir(formulaire, reponse, texte);
    } catch {
      occuper(formulaire, false);
      dire("Le serveur ne répond pas : ce n’est pas enregistré, votre saisie reste à l’écran. Réessayez.", "alerte");
    }
    envois -= 1;
    programmer();
  }, true);

  /* --- Comparer avec l’an dernier, sans quitter la séance --- */
  salle.addEventListener("toggle", async (evenement) => {
    const volet = evenement.target;
    if (!volet.open || !volet.dataset.comparer) return;
    const source = volet.dataset.comparer;
    delete volet.dataset.comparer;
    try {
      const reponse = await fetch(source, { redirect: "error" });
      const trouve = lecteur.parseFromString(await reponse.text(), "text/html").querySelector("[data-comparaison]");
      if (trouve) volet.querySelector("[data-comparer-corps]").replaceChildren(document.importNode(trouve, true));
    } catch {
      volet.dataset.comparer = source; // le lien reste
    }
  }, true);

  // Quitter avec une saisie en cours est demandé par portail.js ; un formulaire fusionné peut l’être sans avoir été touché.
  window.addEventListener("beforeunload", (evenement) => {
    if (salle.querySelector("[data-conflit]") && estModifie(salle)) evenement.preventDefault();
  });
  programmer();
})();
