/* La page de l’appel : filtrer les objectifs en écrivant, ouvrir ce que vise un lien. Sans script, le serveur filtre. */
(() => {
  "use strict";

  const formulaire = document.querySelector("[data-filtre-arbre]");
  const champ = formulaire && formulaire.querySelector("input");
  const etat = formulaire && formulaire.querySelector("[data-etat]");
  const volets = [...document.querySelectorAll("[data-thematique]")];
  const reduire = (texte) => texte.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/œ/gi, "oe")
    .toLowerCase().replace(/[^a-z0-9.]+/g, " ");
  const pluriel = (n) => `${n} objectif${n > 1 ? "s" : ""}`;

  const ouvrirLaCible = () => {
    const cible = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const volet = cible && cible.closest("details");
    if (!volet || volet.open) return;
    volet.open = true;
    cible.scrollIntoView();
  };
  ouvrirLaCible();
  window.addEventListener("hashchange", ouvrirLaCible);

  // Sur le papier, ce qui est replié se lit aussi, quel que soit le navigateur.
  let replies = [];
  window.addEventListener("beforeprint", () => {
    replies = [...document.querySelectorAll("main details:not([open])")];
    replies.forEach((volet) => { volet.open = true; });
  });
  window.addEventListener("afterprint", () => replies.forEach((volet) => { volet.open = false; }));

  if (!champ || !volets.length || champ.value) return;
  const depart = volets.map((volet) => volet.open);
  const consigne = etat.textContent;
  const dits = new Map();
  for (const objectif of document.querySelectorAll("[data-objectif]")) {
    dits.set(objectif, reduire(` ${objectif.textContent}`));
  }

  const filtrer = () => {
    const mots = reduire(champ.value).split(" ").filter((mot) => mot.length > 1)
      .map((mot) => (mot.length > 4 ? mot.replace(/[sx]$/, "") : mot));
    let trouves = 0;
    volets.forEach((volet, rang) => {
      let siens = 0;
      for (const enjeu of volet.querySelectorAll("[data-enjeu]")) {
        let visibles = 0;
        for (const objectif of enjeu.querySelectorAll("[data-objectif]")) {
          objectif.hidden = !mots.every((mot) => dits.get(objectif).includes(` ${mot}`));
          if (!objectif.hidden) visibles += 1;
        }
        enjeu.hidden = !visibles;
        siens += visibles;
      }
      volet.hidden = !siens;
      volet.open = mots.length ? siens > 0 : depart[rang];
      volet.querySelector("[data-nombre]").textContent = pluriel(siens);
      trouves += siens;
    });
    etat.textContent = !mots.length ? consigne
      : trouves ? `${pluriel(trouves)} sur ${dits.size}.`
        : "Aucun objectif ne contient ces mots. Essayez un seul mot, ou son début.";
  };
  champ.addEventListener("input", filtrer);
  formulaire.addEventListener("submit", (evenement) => {
    evenement.preventDefault();
    filtrer();
  });

  // On imprime tout l’appel, filtré ou non.
  window.addEventListener("beforeprint", () => {
    if (!champ.value) return;
    champ.value = "";
    filtrer();
    volets.forEach((volet) => { volet.open = true; });
  });
})();
