/*
 * Une année scolaire répartie sur deux années civiles : le reste de chaque ligne et les totaux suivent la saisie.
 * Sans lui, « Recalculer le reste » fait la même chose ; le serveur décide.
 *
 *   [data-repartition]     un tableau ; dans chaque ligne, [data-part="TOTAL"] est la part de l’année N, [data-reste] l’autre
 */
(() => {
  "use strict";

  const euros = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });
  const ecrire = (cellule, centimes) => {
    const texte = centimes === null ? "—" : euros.format(centimes / 100).replace("-", "−");
    if (cellule && cellule.textContent !== texte) cellule.textContent = texte;
  };
  const centimes = (texte) => {
    const net = texte.replace(/[\s\u00a0\u202f'’€]|euros?/gi, "").replace("−", "-").replace(",", ".");
    if (!net) return 0;
    return /^-?\d+(\.\d{1,2})?$/.test(net) ? Math.round(Number(net) * 100) : null;
  };

  const calculer = (tableau) => {
    let n = 0;
    let n1 = 0;
    tableau.querySelectorAll("[data-part]").forEach((champ) => {
      const total = Math.round(Number(champ.dataset.part) * 100);
      const part = centimes(champ.value);
      const tient = part !== null && part >= 0 && part <= total;
      ecrire(champ.closest("tr").querySelector("[data-reste]"), tient ? total - part : null);
      champ.toggleAttribute("aria-invalid", !tient);
      if (!tient) return;
      n += part;
      n1 += total - part;
    });
    ecrire(tableau.querySelector("[data-total-n]"), n);
    ecrire(tableau.querySelector("[data-total-n1]"), n1);
  };

  document.addEventListener("input", (evenement) => {
    const tableau = evenement.target.closest && evenement.target.closest("[data-repartition]");
    if (tableau) calculer(tableau);
  });
})();
