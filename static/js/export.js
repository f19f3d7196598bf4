/* Suit un export en préparation : la page est relue de temps en temps, et seul son état est remplacé. */
(() => {
  "use strict";

  const ATTENTE = 2000;
  const ATTENTE_MAX = 15000;
  let attente = ATTENTE;

  const relire = async () => {
    const carte = document.getElementById("export");
    if (!carte || carte.dataset.export !== "en-cours") return;
    try {
      const reponse = await fetch(window.location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (reponse.ok) {
        const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
        const nouvelle = page.getElementById("export");
        // Une même progression ne se réécrit pas : le lecteur d’écran ne l’annonce qu’une fois.
        if (nouvelle && nouvelle.innerHTML !== carte.innerHTML) {
          const focalise = carte.contains(document.activeElement);
          carte.innerHTML = nouvelle.innerHTML;
          carte.dataset.export = nouvelle.dataset.export;
          if (focalise) carte.querySelector("a, button")?.focus();
        }
        attente = ATTENTE;
      }
    } catch {
      attente = Math.min(attente * 2, ATTENTE_MAX);
    }
    window.setTimeout(relire, attente);
  };

  window.setTimeout(relire, ATTENTE);
})();
