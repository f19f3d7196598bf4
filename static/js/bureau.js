/* Le bureau de la coordination : cocher toute la page, compter les projets cochés, raccourcis clavier (« / » est dans portail.js). Tout marche sans. */
(() => {
  "use strict";

  const tableau = document.querySelector("[data-lignes-clavier]");
  const cases = tableau ? [...tableau.querySelectorAll("input[name='projets']")] : [];
  const annoncer = (texte) => window.portail && window.portail.annoncer(texte);

  /* --- Projets cochés --- */
  const tout = document.querySelector("[data-tout-cocher]");
  const compte = document.querySelector("[data-compte-coches]");
  const vide = compte ? compte.textContent : "";
  const compter = () => {
    const coches = cases.filter((une) => une.checked).length;
    if (compte) {
      compte.textContent = coches
        ? `${coches} ${coches > 1 ? "projets cochés" : "projet coché"} sur cette page`
        : vide;
    }
    if (tout) {
      tout.checked = coches > 0 && coches === cases.length;
      tout.indeterminate = coches > 0 && coches < cases.length;
    }
  };
  if (tout) {
    tout.addEventListener("change", () => {
      cases.forEach((une) => { une.checked = tout.checked; });
      compter();
    });
  }
  let derniere = null;
  cases.forEach((une, rang) => {
    // Majuscule + clic : toutes les lignes entre les deux.
    une.addEventListener("click", (evenement) => {
      if (evenement.shiftKey && derniere !== null && derniere !== rang) {
        const [debut, fin] = [Math.min(derniere, rang), Math.max(derniere, rang)];
        for (let i = debut; i <= fin; i += 1) cases[i].checked = une.checked;
      }
      derniere = rang;
      compter();
    });
    une.addEventListener("change", compter);
  });
  window.addEventListener("pageshow", compter);
  compter();

  /* --- Aide --- */
  const aide = document.getElementById("aide-clavier");
  const actifs = () => !window.portail || window.portail.raccourcis();
  const ouvrirAide = () => { if (aide && aide.showModal && !aide.open) aide.showModal(); };
  document.querySelectorAll("[data-aide-clavier]").forEach((bouton) => bouton.addEventListener("click", ouvrirAide));

  /* --- Raccourcis : jamais pendant la saisie, jamais avec Ctrl, Alt ou Cmd --- */
  const lignes = tableau ? [...tableau.tBodies[0].rows] : [];
  const lienDe = (ligne) => ligne.querySelector("th a");
  const courante = () => lignes.findIndex((ligne) => ligne.contains(document.activeElement));
  const aller = (rang) => {
    const ligne = lignes[Math.max(0, Math.min(lignes.length - 1, rang))];
    if (!ligne) return;
    lienDe(ligne).focus({ preventScroll: true });
    ligne.scrollIntoView({ block: "nearest" });
  };
  const CLE = "bureau-ligne";
  const saisit = (cible) =>
    cible instanceof Element &&
    (cible.isContentEditable || cible.closest("textarea, select, dialog, input:not([type='checkbox'])"));

  const gestes = {
    j: (rang) => aller(rang + 1),
    k: (rang) => aller(rang < 0 ? 0 : rang - 1),
    o: (rang) => { if (rang >= 0) lienDe(lignes[rang]).click(); },
    x: (rang) => {
      const une = rang >= 0 && lignes[rang].querySelector("input[name='projets']");
      if (!une) return;
      une.checked = !une.checked;
      compter();
      annoncer(une.checked ? "Coché." : "Décoché.");
    },
    "?": ouvrirAide,
  };
  document.addEventListener("keydown", (evenement) => {
    if (evenement.defaultPrevented || evenement.ctrlKey || evenement.altKey || evenement.metaKey) return;
    if (saisit(evenement.target)) return;
    const rang = courante();
    // Les flèches ne servent qu’une fois dans la liste : ailleurs elles font défiler la page.
    if (rang >= 0 && (evenement.key === "ArrowDown" || evenement.key === "ArrowUp")) {
      evenement.preventDefault();
      aller(rang + (evenement.key === "ArrowDown" ? 1 : -1));
      return;
    }
    const geste = Object.hasOwn(gestes, evenement.key) && gestes[evenement.key];
    if (!geste || !actifs()) return;
    evenement.preventDefault();
    geste(rang);
  });

  /* --- Au retour d’un projet, le focus revient sur sa ligne --- */
  if (tableau) {
    tableau.addEventListener("click", (evenement) => {
      const lien = evenement.target.closest("a");
      const ligne = lien && lien.closest("tr[id]");
      try {
        if (ligne) sessionStorage.setItem(CLE, ligne.id);
      } catch { /* le focus restera en haut de page */ }
    });
    let visitee = null;
    try {
      visitee = sessionStorage.getItem(CLE);
      sessionStorage.removeItem(CLE);
    } catch { /* rien à retrouver */ }
    const rang = visitee ? lignes.findIndex((ligne) => ligne.id === visitee) : -1;
    if (rang >= 0 && location.hash === "#projets") aller(rang);
  }
})();
