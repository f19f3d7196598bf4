/* La salle de la troïka : mêler ce que le serveur vient de donner à ce que la personne écrit, sans rien écraser.
   window.portail.fusion : estModifie(zone, propre), fusionner(ancien, nouveau, propre). Voir salle.js. */
(() => {
  "use strict";

  /* --- Une réponse : un champ, ou les boutons radio d’un même nom --- */
  const ECARTES = new Set(["hidden", "submit", "button", "reset"]);
  const cle = (champ) => (champ.type === "checkbox" ? `${champ.name}=${champ.value}` : champ.name);
  const champsDe = (formulaire) => [...formulaire.elements].filter((champ) => champ.name && !ECARTES.has(champ.type));
  const reponses = (formulaire) => {
    const groupes = new Map();
    for (const champ of champsDe(formulaire)) groupes.set(cle(champ), [...(groupes.get(cle(champ)) || []), champ]);
    return groupes;
  };
  const saisie = (champs) => {
    if (champs[0].type === "radio") return champs.find((champ) => champ.checked)?.value || "";
    if (champs[0].type === "checkbox") return champs[0].checked ? "oui" : "";
    return champs[0].value;
  };
  const donnee = (champs) => {
    const [champ] = champs;
    if (champ.type === "radio") return champs.find((un) => un.defaultChecked)?.value || "";
    if (champ.type === "checkbox") return champ.defaultChecked ? "oui" : "";
    if (champ.tagName === "SELECT") return ([...champ.options].find((o) => o.defaultSelected) || champ.options[0])?.value || "";
    return champ.defaultValue;
  };
  const temoin = (champs) => champs[0].form.elements.namedItem(`initial-${champs[0].name}`);
  /* Ce que la page montrait : la valeur cachée, sinon celle du départ ; inconnu pour une saisie que le serveur a rendue. */
  const vue = (champs) => {
    const cache = temoin(champs);
    if (cache) return cache.value;
    return champs[0].form.hasAttribute("data-en-cours") ? undefined : donnee(champs);
  };
  const meme = (un, autre) => un !== undefined && un.replace(/\r\n/g, "\n") === autre.replace(/\r\n/g, "\n");
  const estModifiee = (champs) => !meme(vue(champs), saisie(champs));

  const poser = (champs, valeur) => {
    if (champs[0].type === "radio") champs.forEach((champ) => { champ.checked = champ.value === valeur; });
    else if (champs[0].type === "checkbox") champs[0].checked = valeur === "oui";
    else champs[0].value = valeur;
    return saisie(champs) === valeur;
  };
  /* La valeur du serveur devient celle que la page montre. */
  const ancrer = (champs, valeur) => {
    const [champ] = champs;
    if (champ.type === "radio") champs.forEach((un) => { un.defaultChecked = un.value === valeur; });
    else if (champ.type === "checkbox") champ.defaultChecked = valeur === "oui";
    else if (champ.tagName === "SELECT") [...champ.options].forEach((o) => { o.defaultSelected = o.value === valeur; });
    else champ.defaultValue = valeur;
    avouer(champs, valeur);
  };
  const avouer = (champs, valeur) => {
    const cache = temoin(champs);
    if (cache) cache.value = valeur;
  };

  /* --- En mots --- */
  const libelle = (champs) => {
    const groupe = champs[0].closest("fieldset");
    const legende = groupe?.querySelector("legend")?.textContent.trim();
    const etiquette = champs[0].type === "radio" ? "" : champs[0].labels?.[0]?.textContent.trim() || "";
    return [...new Set([legende, etiquette])].filter(Boolean).join(", ") || "Cette réponse";
  };
  const enMots = (champs, valeur) => {
    const [champ] = champs;
    if (champ.type === "checkbox") return valeur ? "coché" : "non coché";
    if (champ.type === "radio") return champs.find((un) => un.value === valeur)?.labels[0]?.textContent.trim() || "rien";
    if (champ.tagName === "SELECT") return [...champ.options].find((o) => o.value === valeur)?.textContent.trim() || "rien";
    return valeur || "rien";
  };
  const element = (nom, texte, classe) => {
    const neuf = document.createElement(nom);
    if (texte) neuf.textContent = texte;
    if (classe) neuf.className = classe;
    return neuf;
  };
  const bouton = (texte, suite) => {
    const neuf = element("button", texte, "btn btn-outline-secondary btn-sm");
    neuf.type = "button";
    neuf.addEventListener("click", suite);
    return neuf;
  };

  /* --- Deux valeurs pour une réponse : la personne choisit --- */
  const encadre = (champs, serveur, auteur) => {
    const [champ] = champs;
    const boite = element("div", "", "divergence");
    boite.dataset.conflit = cle(champ);
    const qui = auteur ? `${auteur} vient d’enregistrer une autre valeur` : "Une autre valeur vient d’être enregistrée";
    boite.append(element("p", `${libelle(champs)} : ${qui}. Votre saisie est gardée.`, "mb-1"));
    const voir = element("details");
    voir.append(element("summary", "Voir les deux valeurs"), element("p", "Valeur enregistrée :", "mb-1"));
    voir.append(element("blockquote", enMots(champs, serveur), "citation texte-libre"));
    voir.append(element("p", "Votre saisie :", "mb-1"));
    voir.append(element("blockquote", enMots(champs, saisie(champs)), "citation texte-libre"));
    const finir = (valeur) => {
      poser(champs, valeur);
      avouer(champs, serveur);
      if (valeur === serveur) ancrer(champs, serveur);
      const formulaire = champ.form;
      boite.remove();
      reglerVersion(formulaire);
      champ.dispatchEvent(new Event("input", { bubbles: true }));
      champ.focus();
    };
    const gestes = element("div", "", "actions mt-2");
    gestes.append(bouton("Garder ma saisie", () => finir(saisie(champs))));
    gestes.append(bouton("Prendre la valeur enregistrée", () => finir(serveur)));
    if (champ.tagName === "TEXTAREA") {
      gestes.append(bouton("Réunir les deux textes", () => finir([serveur, saisie(champs)].filter(Boolean).join("\n\n"))));
    }
    boite.append(voir, gestes);
    (champ.closest("table")?.parentElement || champ.closest(".mb-3") || champ).before(boite);
  };
  const conflitDe = (formulaire, nom) =>
    [...formulaire.querySelectorAll("[data-conflit]")].find((boite) => boite.dataset.conflit === nom);
  /* La version change quand plus rien n’est à choisir : jusque-là le serveur refuserait d’écraser. */
  const reglerVersion = (formulaire) => {
    const version = formulaire.querySelector("[data-version]");
    if (version && formulaire.dataset.versionSue && !formulaire.querySelector("[data-conflit]")) {
      version.value = formulaire.dataset.versionSue;
    }
    const fini = !formulaire.querySelector("[data-conflit]") && ![...reponses(formulaire).values()].some(estModifiee);
    if (fini) formulaire.dispatchEvent(new CustomEvent("portail:enregistre", { bubbles: true }));
  };

  const completer = (ancien, nouveau) => {
    const neuves = reponses(nouveau);
    const avant = ancien.querySelector("[data-version]");
    const apres = nouveau.querySelector("[data-version]");
    const inchange = avant && apres && avant.value === apres.value && !ancien.dataset.versionSue;
    let conflits = 0;
    for (const [nom, champs] of inchange ? [] : reponses(ancien)) {
      const serveur = donnee(neuves.get(nom));
      conflitDe(ancien, nom)?.remove();
      if (!estModifiee(champs) || meme(serveur, saisie(champs))) {
        poser(champs, serveur);
        ancrer(champs, serveur);
      } else if (!meme(vue(champs), serveur)) {
        if (ancien.hasAttribute("data-sans-conflit")) ancrer(champs, serveur);
        else {
          conflits += 1;
          encadre(champs, serveur, neuves.get(nom)[0].closest("[data-auteur]")?.dataset.auteur);
        }
      }
    }
    nouveau.querySelectorAll("[data-enregistre]").forEach((cellule) => {
      const memeCellule = ancien.querySelector(`[data-montant="${cellule.dataset.montant}"]`);
      if (memeCellule) memeCellule.dataset.enregistre = cellule.dataset.enregistre;
    });
    if (ancien.dataset.auteur !== undefined) ancien.dataset.auteur = nouveau.dataset.auteur || "";
    if (apres) ancien.dataset.versionSue = apres.value;
    reglerVersion(ancien);
    return conflits;
  };

  /* --- Un morceau de page --- */
  const formulairesDe = (zone) => [...zone.querySelectorAll("form[data-partage]")];
  const signature = (zone) =>
    JSON.stringify(formulairesDe(zone).map((formulaire) => [
      formulaire.getAttribute("action"),
      [...reponses(formulaire)].map(([nom, champs]) => [
        nom, champs[0].tagName === "SELECT" ? [...champs[0].options].map((o) => o.value).filter(Boolean) : champs.length,
      ]),
    ]));
  const modifiees = (zone, propre) =>
    formulairesDe(zone)
      .filter((formulaire) => formulaire !== propre)
      .flatMap((formulaire) => [...reponses(formulaire).values()].filter(estModifiee));
  const estModifie = (zone, propre) => modifiees(zone, propre).length > 0;

  /* Ce qui était écrit dans un formulaire qui n’existe plus reste à l’écran, à copier. */
  const rendre = (champs) => {
    const boite = element("div", "", "divergence");
    boite.append(element("p", "Ceci ne peut plus être enregistré ici. Votre saisie, pour ne rien perdre :", "mb-1"));
    for (const [nom, valeur] of champs) boite.append(element("p", nom, "mb-1 petit"), element("blockquote", valeur, "citation texte-libre"));
    return boite;
  };
  const enAttente = (zone, propre) =>
    modifiees(zone, propre)
      .filter((champs) => champs[0].type !== "checkbox" && saisie(champs))
      .map((champs) => [libelle(champs), enMots(champs, saisie(champs))]);

  const remplacer = (ancien, nouveau) => {
    const actif = ancien.contains(document.activeElement) ? document.activeElement : null;
    const ouverts = [...ancien.querySelectorAll("details")].map((volet) => volet.open);
    const copie = document.importNode(nouveau, true);
    ancien.replaceChildren(...copie.childNodes);
    ancien.querySelectorAll("details").forEach((volet, rang) => { volet.open = volet.open || Boolean(ouverts[rang]); });
    if (!actif) return;
    const memes = [...ancien.querySelectorAll(actif.tagName)].filter((un) => un.name === actif.name);
    const pareil = (actif.id && document.getElementById(actif.id))
      || memes.find((un) => un.value === actif.value && un.textContent.trim() === actif.textContent.trim());
    (pareil || ancien.closest("[tabindex]") || document.body).focus({ preventScroll: true });
  };

  /* Rend { conflits, perdus } : combien de choix restent à faire, de réponses ont perdu leur place. */
  const fusionner = (ancien, nouveau, propre) => {
    const aGarder = estModifie(ancien, propre);
    const tient = !propre || !ancien.contains(propre);
    if (tient && signature(ancien) === signature(nouveau) && formulairesDe(ancien).length
      && (aGarder || ancien.contains(document.activeElement))) {
      const neufs = formulairesDe(nouveau);
      return { conflits: formulairesDe(ancien).reduce((n, f, rang) => n + completer(f, neufs[rang]), 0), perdus: 0 };
    }
    if (!aGarder) {
      remplacer(ancien, nouveau);
      return { conflits: 0, perdus: 0 };
    }
    // Le formulaire a changé de forme : le nouveau prend ce qui était écrit, le reste est montré.
    const copie = document.importNode(nouveau, true);
    const perdus = [];
    let conflits = 0;
    for (const champs of modifiees(ancien, propre)) {
      const formulaire = formulairesDe(copie).find((f) => f.getAttribute("action") === champs[0].form.getAttribute("action")
        && reponses(f).has(cle(champs[0])));
      const neufs = formulaire && reponses(formulaire).get(cle(champs[0]));
      const serveur = neufs && donnee(neufs);
      const vu = vue(champs);
      if (!neufs || !poser(neufs, saisie(champs))) {
        if (champs[0].type !== "checkbox" && saisie(champs)) perdus.push([libelle(champs), enMots(champs, saisie(champs))]);
      } else if (!meme(vu, serveur) && !meme(serveur, saisie(champs)) && !formulaire.hasAttribute("data-sans-conflit")) {
        conflits += 1;
        if (vu !== undefined) avouer(neufs, vu);
        encadre(neufs, serveur, neufs[0].closest("[data-auteur]")?.dataset.auteur);
      }
    }
    const actif = ancien.contains(document.activeElement) ? document.activeElement.id : "";
    ancien.replaceChildren(...copie.childNodes);
    if (perdus.length) ancien.prepend(rendre(perdus));
    if (actif) document.getElementById(actif)?.focus({ preventScroll: true });
    return { conflits, perdus: perdus.length };
  };

  window.portail.fusion = { estModifie, fusionner, enAttente, rendre, remplacer };
})();
