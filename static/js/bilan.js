/* Le bilan : anticipe les écarts et les totaux pendant la saisie. Le serveur recalcule tout à l’enregistrement. */
(() => {
  "use strict";

  const zone = document.querySelector("[data-bilan]");
  if (!zone) return;
  const seuil = Number(zone.dataset.seuil);
  const plancher = Math.round(Number(zone.dataset.plancher) * 100);
  const euros = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });
  const pourcent = new Intl.NumberFormat("fr-FR", {
    minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "always",
  });

  /* Centimes entiers : aucune somme de nombres à virgule. null : vide ; NaN : illisible. */
  const centimes = (texte) => {
    const simple = texte.replace(/[\s\u00a0\u202f€]/g, "").replace(",", ".");
    if (simple === "") return null;
    return /^\d+(\.\d{1,2})?$/.test(simple) ? Math.round(Number(simple) * 100) : NaN;
  };
  const ecrire = (cellule, valeur) => { if (cellule) cellule.textContent = valeur; };
  const ecart = (prevu, realise, enEuros, enPourcent, aDire = false) => {
    const connu = realise !== null && !Number.isNaN(realise);
    ecrire(enEuros, connu ? euros.format((realise - prevu) / 100) : "—");
    const part = connu && prevu ? ((realise - prevu) * 100) / prevu : null;
    ecrire(enPourcent, part === null ? "—" : `${pourcent.format(part)}\u00a0%${aDire && Math.abs(part) > seuil && Math.abs(realise - prevu) > plancher ? " à expliquer" : ""}`);
  };

  /* Une ligne ajoutée compte dans la partie de son compte. */
  const partieDe = (ligne) => {
    const option = ligne.querySelector("select")?.selectedOptions[0];
    if (!option || !option.value || ligne.classList.contains("ligne-retiree")) return "";
    if (option.value.startsWith("86")) return "emplois";
    if (option.value.startsWith("87")) return "ressources";
    return option.closest("optgroup")?.label.startsWith("Charges") ? "charges" : "produits";
  };
  const ajouts = () => [...document.querySelectorAll('[data-lignes="ajouts"] [data-ligne]')];

  const calculer = () => {
    zone.querySelectorAll("[data-partie]").forEach((partie) => {
      let prevu = 0;
      let realise = null; // rien tant que rien n’est écrit
      let complet = true; // pas d’écart tant qu’une ligne attend
      partie.querySelectorAll("[data-ligne-bilan]").forEach((ligne) => {
        const attendu = centimes(ligne.dataset.prevu);
        const fait = centimes(ligne.querySelector("input").value);
        ecart(attendu, fait, ligne.querySelector("[data-ecart]"), ligne.querySelector("[data-pourcentage]"), true);
        prevu += attendu || 0;
        if (fait === null || Number.isNaN(fait)) complet = false;
        else realise += fait;
      });
      ajouts().filter((ligne) => partieDe(ligne) === partie.dataset.partie).forEach((ligne) => {
        const fait = centimes(ligne.querySelector("input[name$='-realise']").value);
        if (fait) realise += fait;
      });
      ecrire(partie.querySelector("[data-total]"), realise === null ? "—" : euros.format(realise / 100));
      ecart(prevu, complet ? realise || 0 : null, partie.querySelector("[data-total-ecart]"), partie.querySelector("[data-total-pourcentage]"));
    });
  };

  /* Ce qui ne concerne qu’une action reportée, ou non réalisée, ne se montre qu’alors. */
  const montrerSelonIssue = () => {
    const choisie = document.querySelector("[name='issue']:checked");
    document.querySelectorAll("[data-si-issue]").forEach((bloc) => {
      bloc.hidden = Boolean(choisie) && choisie.value !== bloc.dataset.siIssue;
    });
  };
  document.addEventListener("change", montrerSelonIssue);
  montrerSelonIssue();

  document.addEventListener("input", calculer);
  document.addEventListener("change", calculer);
  document.addEventListener("lignes:changees", calculer);
  calculer();
})();
