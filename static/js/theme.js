/* Avant l’affichage : signale que JavaScript est là et applique le thème choisi, sans éclair blanc. */
(() => {
  "use strict";
  const racine = document.documentElement;
  racine.classList.add("js");
  let choix = null;
  try {
    choix = localStorage.getItem("theme");
  } catch {
    // Stockage refusé : on suit l’appareil.
  }
  if (choix !== "light" && choix !== "dark") {
    choix = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  racine.dataset.bsTheme = choix;
})();
