/* Les enveloppes pendant la saisie des montants : ce qui resterait. Le serveur recalcule tout à l’enregistrement. */
(() => {
  "use strict";

  const euros = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });
  const ecrire = (valeur) => euros.format(valeur / 100);
  /* Centimes entiers : aucune somme de nombres à virgule. null : illisible, le serveur le dira. */
  const centimes = (texte) => {
    const simple = texte.replace(/[\s\u00a0\u202f€]/g, "").replace(",", ".");
    if (simple === "") return 0;
    return /^\d{1,12}(\.\d{1,2})?$/.test(simple) ? Math.round(Number(simple) * 100) : null;
  };
  const exact = (texte) => Math.round(Number(texte) * 100);
  const ACCORDENT = new Set(["valide", "reserves"]);
  let alerte = null;
  let dits = new Set();

  /* Ce que les saisies en cours changent à chaque enveloppe. */
  const ecarts = () => {
    const parEnveloppe = new Map();
    document.querySelectorAll("form[data-simule]").forEach((formulaire) => {
      const sens = formulaire.querySelector("input[type='radio']:checked")?.value;
      formulaire.querySelectorAll("[data-montant]").forEach((cellule) => {
        const ecrit = centimes(cellule.querySelector("input").value);
        const propose = sens && !ACCORDENT.has(sens) ? 0 : ecrit;
        if (propose === null) return;
        const ecart = propose - exact(cellule.dataset.enregistre);
        if (ecart) parEnveloppe.set(cellule.dataset.montant, (parEnveloppe.get(cellule.dataset.montant) || 0) + ecart);
      });
    });
    return parEnveloppe;
  };
  const montrer = (zone, ecart) => {
    const propose = zone.querySelector("[data-propose]");
    const reste = zone.querySelector("[data-reste]");
    const valeur = exact(reste.dataset.reste) - ecart;
    propose.textContent = ecrire(exact(propose.dataset.propose) + ecart);
    reste.textContent = ecrire(Math.abs(valeur));
    const titre = zone.querySelector("[data-reste-libelle]");
    titre.dataset.positif ||= titre.textContent.includes("Dépassement") ? "Reste" : titre.textContent;
    titre.textContent = valeur < 0 ? "Dépassement" : titre.dataset.positif;
    const badge = zone.querySelector("[data-depassee]");
    if (badge) badge.hidden = valeur >= 0;
    return valeur;
  };
  const prevenir = (depassees) => {
    const nouvelles = [...depassees].filter((nom) => !dits.has(nom));
    dits = depassees;
    clearTimeout(alerte);
    if (nouvelles.length) alerte = setTimeout(() => window.portail.annoncer(`Enveloppe dépassée : ${nouvelles.join(", ")}.`), 1000);
  };
  const calculer = () => {
    const parEnveloppe = ecarts();
    const restes = new Map();
    const parAnnee = new Map();
    const depassees = new Set();
    document.querySelectorAll("[data-enveloppe]").forEach((zone) => {
      const cle = zone.dataset.enveloppe;
      const ecart = parEnveloppe.get(cle) || 0;
      const annee = cle.split("-")[0];
      parAnnee.set(annee, (parAnnee.get(annee) || 0) + ecart);
      restes.set(cle, montrer(zone, ecart));
      if (ecart > 0 && restes.get(cle) < 0) depassees.add(`${zone.querySelector("dt").textContent.trim()} ${annee}`);
    });
    document.querySelectorAll("[data-annee]").forEach((zone) => montrer(zone, parAnnee.get(zone.dataset.annee) || 0));
    document.querySelectorAll("[data-simulation-avis]").forEach((avis) => { avis.hidden = !parEnveloppe.size; });
    document.querySelectorAll("form[data-simule] [data-montant]").forEach((cellule) => {
      const texte = cellule.querySelector("[data-montant-reste]");
      texte.dataset.origine ||= texte.textContent;
      const reste = restes.get(cellule.dataset.montant);
      const bouge = parEnveloppe.has(cellule.dataset.montant) && reste !== undefined;
      texte.textContent = !bouge ? texte.dataset.origine
        : reste < 0 ? `Dépassement de ${ecrire(-reste)}` : `Resterait ${ecrire(reste)}`;
    });
    document.querySelectorAll("form[data-simule]").forEach((formulaire) => justifier(formulaire, parEnveloppe, restes));
    prevenir(depassees);
  };
  /* Le motif se demande au moment où un montant dépasse, avec les sommes. */
  const justifier = (formulaire, parEnveloppe, restes) => {
    const avis = formulaire.querySelector("[data-depassement-avis]");
    if (!avis) return;
    const phrases = [...formulaire.querySelectorAll("[data-montant]")]
      .filter((un) => (parEnveloppe.get(un.dataset.montant) || 0) > 0 && restes.get(un.dataset.montant) < 0)
      .map((un) => `${un.querySelector("label").textContent.trim()}\u00a0: ${ecrire(-restes.get(un.dataset.montant))}`);
    avis.hidden = !phrases.length;
    const texte = phrases.length ? `Dépassement (${phrases.join("\u00a0; ")})\u00a0: écrivez pourquoi ci-dessous.` : "";
    if (avis.textContent !== texte) avis.textContent = texte;
  };

  document.addEventListener("input", (evenement) => {
    if (evenement.target.closest("form[data-simule]")) calculer();
  });
  document.addEventListener("change", (evenement) => {
    if (evenement.target.closest("form[data-simule]")) calculer();
  });
  document.addEventListener("salle:change", calculer);
  calculer();
})();
