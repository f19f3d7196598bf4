/* Le confort du portail : tout marche sans lui. Chaque fonction répond à un attribut data-*, décrit dans docs/identite.md. */
(() => {
  "use strict";

  const ecouter = (type, selecteur, suite) =>
    document.addEventListener(type, (evenement) => {
      const cible = evenement.target instanceof Element && evenement.target.closest(selecteur);
      if (cible) suite(cible, evenement);
    });

  const annoncer = (texte) => {
    const zone = document.getElementById("annonce");
    if (!zone) return;
    zone.textContent = "";
    setTimeout(() => { zone.textContent = texte; }, 50);
  };
  window.portail = { annoncer };

  /* --- Thème : clair ou sombre, gardé sur l’appareil --- */
  const racine = document.documentElement;
  const systeme = matchMedia("(prefers-color-scheme: dark)");
  const memoire = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const montrerTheme = () => {
    const sombre = racine.dataset.bsTheme === "dark";
    document.querySelectorAll("[data-theme-bascule]").forEach((bouton) => {
      bouton.setAttribute("aria-pressed", String(sombre));
      const dessin = bouton.querySelector("use");
      if (dessin) dessin.setAttribute("href", dessin.getAttribute("href").replace(/#.*/, sombre ? "#soleil" : "#lune"));
    });
  };
  ecouter("click", "[data-theme-bascule]", () => {
    racine.dataset.bsTheme = racine.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", racine.dataset.bsTheme); } catch { /* gardé pour cette page seulement */ }
    montrerTheme();
  });
  systeme.addEventListener("change", () => {
    if (memoire()) return;
    racine.dataset.bsTheme = systeme.matches ? "dark" : "light";
    montrerTheme();
  });
  montrerTheme();

  /* --- Menu : toujours ouvert sur grand écran, replié sur petit --- */
  const menu = document.querySelector("[data-menu]");
  if (menu) {
    const large = matchMedia("(min-width: 992px)");
    const ajuster = () => { menu.open = large.matches; };
    ajuster();
    menu.removeAttribute("data-a-replier");
    large.addEventListener("change", ajuster);
    ecouter("click", "a[href='#menu']", () => { menu.open = true; });
  }

  /* --- Panneaux dépliants qui se referment par Échap ou par un clic ailleurs --- */
  document.addEventListener("click", (evenement) => {
    document.querySelectorAll("details[data-fermer-dehors][open]").forEach((panneau) => {
      if (!panneau.contains(evenement.target)) panneau.open = false;
    });
  });
  document.addEventListener("keydown", (evenement) => {
    if (evenement.key !== "Escape") return;
    document.querySelectorAll("details[data-fermer-dehors][open]").forEach((panneau) => {
      panneau.open = false;
      panneau.querySelector("summary").focus();
    });
  });

  /* --- Confirmer avant d’envoyer : data-confirmer="Question ?" sur le bouton ou sur le formulaire --- */
  const dialogue = document.getElementById("dialogue-confirmation");
  let enAttente = null;
  const boutonDe = (formulaire, evenement) => evenement.submitter || formulaire.querySelector("[type='submit']");

  document.addEventListener("submit", (evenement) => {
    const formulaire = evenement.target;
    const bouton = boutonDe(formulaire, evenement);
    const porteur = bouton && bouton.hasAttribute("data-confirmer") ? bouton : formulaire;
    const question = porteur.getAttribute("data-confirmer");
    if (!question || !dialogue || !dialogue.showModal || formulaire.dataset.confirme === "oui") return;
    evenement.preventDefault();
    evenement.stopImmediatePropagation();
    enAttente = { formulaire, bouton };
    dialogue.querySelector("#dialogue-titre").textContent = porteur.dataset.confirmerTitre || "Confirmer ?";
    dialogue.querySelector("#dialogue-texte").textContent = question;
    const oui = dialogue.querySelector("[value='oui']");
    oui.className = bouton && /btn-(outline-)?danger/.test(bouton.className) ? "btn btn-danger" : "btn btn-primary";
    oui.textContent =
      porteur.dataset.confirmerBouton || (bouton && bouton.textContent.trim()) || "Confirmer";
    dialogue.returnValue = "";
    dialogue.showModal();
    dialogue.querySelector("[value='non']").focus();
  }, true);

  if (dialogue) {
    dialogue.addEventListener("close", () => {
      const attente = enAttente;
      enAttente = null;
      if (!attente) return;
      if (dialogue.returnValue !== "oui") {
        if (attente.bouton) attente.bouton.focus();
        return;
      }
      attente.formulaire.dataset.confirme = "oui";
      attente.formulaire.requestSubmit(attente.bouton || undefined);
      delete attente.formulaire.dataset.confirme;
    });
  }

  /* --- Un seul envoi : form[data-envoi-unique] --- */
  document.addEventListener("submit", (evenement) => {
    const formulaire = evenement.target;
    if (evenement.defaultPrevented || !formulaire.matches("form[data-envoi-unique]")) return;
    if (formulaire.dataset.envoye === "oui") {
      evenement.preventDefault();
      return;
    }
    formulaire.dataset.envoye = "oui";
    formulaire.setAttribute("aria-busy", "true");
    const bouton = boutonDe(formulaire, evenement);
    // Après l’envoi seulement : un bouton désactivé plus tôt n’enverrait pas sa valeur.
    setTimeout(() => {
      formulaire.querySelectorAll("button[type='submit'], input[type='submit'], button:not([type])").forEach((b) => {
        b.disabled = true;
      });
      if (bouton) bouton.setAttribute("aria-busy", "true");
      annoncer("Envoi en cours…");
    }, 0);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-envoi-unique][data-envoye]").forEach((formulaire) => {
      delete formulaire.dataset.envoye;
      formulaire.removeAttribute("aria-busy");
      formulaire.querySelectorAll("[type='submit'], button:not([type])").forEach((b) => {
        b.disabled = false;
        b.removeAttribute("aria-busy");
      });
    });
  });

  /* --- Ne pas perdre sa saisie : form[data-garder] --- */
  const modifies = new Set();
  const marquer = (champ) => {
    const formulaire = champ.form || champ;
    if (formulaire.matches && formulaire.matches("form[data-garder]")) modifies.add(formulaire);
  };
  document.addEventListener("input", (evenement) => marquer(evenement.target));
  document.addEventListener("change", (evenement) => marquer(evenement.target));
  document.addEventListener("submit", (evenement) => {
    if (!evenement.defaultPrevented) modifies.delete(evenement.target);
  });
  // Un enregistrement automatique réussi le dit par cet événement, lancé sur le formulaire.
  document.addEventListener("portail:enregistre", (evenement) => modifies.delete(evenement.target));
  window.addEventListener("beforeunload", (evenement) => {
    for (const formulaire of modifies) {
      if (formulaire.isConnected) {
        evenement.preventDefault();
        evenement.returnValue = "";
        return;
      }
    }
  });

  /* --- Compteurs de signes : data-compteur (limite prise dans data-compteur ou maxlength) --- */
  const nombre = new Intl.NumberFormat("fr-FR");
  const preparerCompteur = (champ) => {
    if (champ.dataset.compteurPret) return;
    const limite = Number(champ.dataset.compteur || champ.getAttribute("maxlength"));
    if (!limite) return;
    champ.dataset.compteurPret = "oui";
    // La limite ne coupe pas un texte collé : elle se dit, et le serveur tranche.
    champ.removeAttribute("maxlength");
    const sortie = document.createElement("span");
    sortie.className = "compteur-signes";
    sortie.id = `${champ.id || champ.name}_compteur`;
    champ.insertAdjacentElement("afterend", sortie);
    champ.setAttribute("aria-describedby", `${champ.getAttribute("aria-describedby") || ""} ${sortie.id}`.trim());
    let minuterie = null;
    const compter = (parler) => {
      // Les retours à la ligne comptent pour un, comme à l’enregistrement ; les émojis aussi.
      const reste = limite - [...champ.value].length;
      sortie.classList.toggle("depasse", reste < 0);
      sortie.textContent = reste >= 0
        ? `${nombre.format(reste)} ${reste > 1 ? "signes restants" : "signe restant"} sur ${nombre.format(limite)}`
        : `${nombre.format(-reste)} ${reste < -1 ? "signes" : "signe"} de trop : ${nombre.format(limite)} au plus`;
      clearTimeout(minuterie);
      if (parler && reste <= limite * 0.1) minuterie = setTimeout(() => annoncer(sortie.textContent), 1000);
    };
    champ.addEventListener("input", () => compter(true));
    compter(false);
  };

  /* --- Choix d’un fichier : nom, taille et glisser-déposer dans .fichier --- */
  const poids = (octets) => octets < 1e6
    ? `${nombre.format(Math.max(1, Math.round(octets / 1e3)))} Ko`
    : `${nombre.format(Math.round(octets / 1e5) / 10)} Mo`;
  ecouter("change", ".fichier input[type='file']", (champ) => {
    const sortie = champ.closest(".fichier").querySelector("[data-fichier-choisi]");
    if (!sortie) return;
    const fichier = champ.files[0];
    const limite = Number(champ.dataset.tailleMax);
    sortie.textContent = fichier ? `Fichier choisi : ${fichier.name} (${poids(fichier.size)})` : "";
    if (fichier && limite && fichier.size > limite) {
      sortie.textContent += ` : il dépasse la limite de ${poids(limite)}.`;
    }
  });
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    ecouter(type, ".fichier", (zone, evenement) => {
      const champ = zone.querySelector("input[type='file']");
      if (!champ || champ.disabled) return;
      if (type === "dragleave") {
        if (!zone.contains(evenement.relatedTarget)) zone.classList.remove("survol");
        return;
      }
      evenement.preventDefault();
      zone.classList.toggle("survol", type !== "drop");
      if (type === "drop" && evenement.dataTransfer.files.length) {
        champ.files = evenement.dataTransfer.files;
        champ.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  /* --- La touche « / » mène à la recherche ; data-raccourci éteint, sur l’appareil, toutes les touches seules --- */
  let raccourcis = true;
  try { raccourcis = localStorage.getItem("raccourcis") !== "non"; } catch { /* allumés sur cette page */ }
  window.portail.raccourcis = () => raccourcis;
  document.querySelectorAll("[data-raccourci]").forEach((caseACocher) => {
    caseACocher.checked = raccourcis;
    caseACocher.addEventListener("change", () => {
      raccourcis = caseACocher.checked;
      try { localStorage.setItem("raccourcis", raccourcis ? "oui" : "non"); } catch { /* pour cette page seulement */ }
    });
  });
  const seVoit = (champ) => (champ.checkVisibility ? champ.checkVisibility() : champ.offsetParent !== null);
  document.addEventListener("keydown", (evenement) => {
    if (evenement.key !== "/" || evenement.ctrlKey || evenement.metaKey || evenement.altKey || !raccourcis) return;
    if (evenement.target.closest("input:not([type='checkbox']), textarea, select, [contenteditable], dialog")) return;
    // La recherche de la page d’abord (une liste, le bureau), celle du portail sinon.
    const champs = [
      ...document.querySelectorAll("main form[role='search'] [name='q']"), document.getElementById("chercher"),
    ];
    const champ = champs.find((un) => un && seVoit(un));
    const loupe = document.querySelector(".loupe");
    if (!champ && !loupe) return;
    evenement.preventDefault();
    if (champ) {
      champ.focus();
      champ.select();
    } else loupe.click();
  });

  /* --- Petits gestes --- */
  ecouter("click", "[data-imprimer]", () => window.print());
  ecouter("click", "[data-copier]", async (bouton) => {
    const source = document.querySelector(bouton.dataset.copier);
    const texte = source ? (source.value ?? source.textContent).trim() : "";
    try {
      await navigator.clipboard.writeText(texte);
      annoncer("Texte copié.");
      const avant = bouton.dataset.libelle || bouton.textContent;
      bouton.dataset.libelle = avant;
      bouton.textContent = "Copié";
      setTimeout(() => { bouton.textContent = avant; }, 2500);
    } catch {
      if (source && source.select) source.select();
      annoncer("La copie automatique n’est pas permise ici : utilisez Ctrl + C.");
    }
  });
  ecouter("click", "[data-tout-deplier]", (bouton) => {
    const zone = document.querySelector(bouton.dataset.toutDeplier);
    if (!zone) return;
    const volets = [...zone.querySelectorAll("details")];
    const ouvrir = volets.some((volet) => !volet.open);
    volets.forEach((volet) => { volet.open = ouvrir; });
    bouton.textContent = ouvrir ? "Tout replier" : "Tout déplier";
    bouton.setAttribute("aria-expanded", String(ouvrir));
  });

  /* --- Ce qui se prépare au chargement, et dans chaque ligne ajoutée --- */
  const preparer = (zone) => zone.querySelectorAll("[data-compteur]").forEach(preparerCompteur);
  preparer(document);
  document.addEventListener("lignes:ajoutee", (evenement) => preparer(evenement.target));

  // Le résumé des erreurs prend le focus : c’est la première chose à lire.
  const resume = document.querySelector("[data-erreurs]");
  if (resume) resume.focus();
  // Un lien du résumé mène dans le champ, même replié dans un volet.
  ecouter("click", "[data-erreurs] a[href^='#']", (lien, evenement) => {
    const champ = document.getElementById(decodeURIComponent(lien.hash.slice(1)));
    if (!champ) return;
    evenement.preventDefault();
    for (let volet = champ.closest("details"); volet; volet = volet.parentElement.closest("details")) volet.open = true;
    const vise = champ.matches("input, select, textarea, button, a, [tabindex]")
      ? champ
      : champ.querySelector("input, select, textarea") || champ;
    vise.scrollIntoView({ block: "center" });
    vise.focus({ preventScroll: true });
  });
})();
