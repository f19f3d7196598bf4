/*
 * Ajouter et retirer des lignes d’un formset Django.
 *
 *   <div data-lignes="PREFIXE">            le préfixe du formset
 *     {{ formset.management_form }}
 *     <… data-lignes-corps>                un <tbody>, une <ul>, une <div>
 *       <… data-ligne> champs, case DELETE, <button type="button" data-retirer-ligne> </…>
 *     <template data-lignes-modele>        une ligne de formset.empty_form, avec __prefix__
 *     <button type="button" data-ajouter-ligne>
 *
 * Une ligne déjà enregistrée est cachée et sa case DELETE cochée ; une ligne neuve disparaît et les suivantes sont renumérotées.
 * data-numero, dans une ligne, reçoit son rang affiché. Événements : lignes:ajoutee (sur la ligne), lignes:changees (sur le bloc).
 */
(() => {
  "use strict";

  const ATTRIBUTS = ["id", "name", "for", "aria-describedby", "aria-labelledby", "aria-controls", "href", "list"];
  const gestion = (bloc, nom) => bloc.querySelector(`[name="${bloc.dataset.lignes}-${nom}"]`);
  const lignesDe = (bloc) => [...bloc.querySelector("[data-lignes-corps]").querySelectorAll("[data-ligne]")]
    .filter((ligne) => ligne.closest("[data-lignes]") === bloc);
  const visibles = (bloc) => lignesDe(bloc).filter((ligne) => !ligne.classList.contains("ligne-retiree"));
  const annoncer = (texte) => window.portail && window.portail.annoncer(texte);

  const renommer = (racine, motif, remplacement) => {
    for (const element of [racine, ...racine.querySelectorAll("*")]) {
      for (const attribut of ATTRIBUTS) {
        const valeur = element.getAttribute(attribut);
        if (valeur && motif.test(valeur)) {
          motif.lastIndex = 0;
          element.setAttribute(attribut, valeur.replace(motif, remplacement));
        }
        motif.lastIndex = 0;
      }
    }
  };

  const renumeroter = (bloc) => {
    const prefixe = bloc.dataset.lignes.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const motif = new RegExp(`(^|[ #_])${prefixe}-\\d+-`, "g");
    const lignes = lignesDe(bloc);
    lignes.forEach((ligne, rang) => renommer(ligne, motif, `$1${bloc.dataset.lignes}-${rang}-`));
    gestion(bloc, "TOTAL_FORMS").value = lignes.length;
    visibles(bloc).forEach((ligne, rang) => {
      ligne.querySelectorAll("[data-numero]").forEach((n) => { n.textContent = rang + 1; });
    });
    const maximum = Number(gestion(bloc, "MAX_NUM_FORMS").value || 1000);
    bloc.querySelectorAll("[data-ajouter-ligne]").forEach((b) => { b.disabled = visibles(bloc).length >= maximum; });
    bloc.dispatchEvent(new CustomEvent("lignes:changees", { bubbles: true }));
  };

  const ajouter = (bloc) => {
    const modele = bloc.querySelector("template[data-lignes-modele]");
    const corps = bloc.querySelector("[data-lignes-corps]");
    const ligne = modele.content.firstElementChild.cloneNode(true);
    renommer(ligne, /__prefix__/g, String(lignesDe(bloc).length));
    corps.append(ligne);
    renumeroter(bloc);
    ligne.dispatchEvent(new CustomEvent("lignes:ajoutee", { bubbles: true }));
    const champ = ligne.querySelector("input:not([type='hidden']), select, textarea");
    if (champ) champ.focus();
    annoncer(`Ligne ${visibles(bloc).length} ajoutée.`);
  };

  const retirer = (bloc, ligne) => {
    const avant = visibles(bloc);
    const rang = avant.indexOf(ligne);
    const suppression = ligne.querySelector("input[type='checkbox'][name$='-DELETE'], input[type='hidden'][name$='-DELETE']");
    const enregistree = lignesDe(bloc).indexOf(ligne) < Number(gestion(bloc, "INITIAL_FORMS").value);
    if (enregistree && suppression) {
      if (suppression.type === "checkbox") suppression.checked = true;
      else suppression.value = "on";
      ligne.classList.add("ligne-retiree");
      suppression.dispatchEvent(new Event("change", { bubbles: true }));
    } else {
      const formulaire = ligne.closest("form");
      ligne.remove();
      if (formulaire) formulaire.dispatchEvent(new Event("change", { bubbles: true }));
    }
    renumeroter(bloc);
    const reste = visibles(bloc);
    const voisine = reste[Math.min(rang, reste.length - 1)];
    const cible = (voisine && voisine.querySelector("[data-retirer-ligne]")) || bloc.querySelector("[data-ajouter-ligne]");
    if (cible) cible.focus();
    annoncer("Ligne retirée.");
  };

  document.addEventListener("click", (evenement) => {
    const bouton = evenement.target.closest && evenement.target.closest("[data-ajouter-ligne], [data-retirer-ligne]");
    if (!bouton) return;
    const bloc = bouton.closest("[data-lignes]")
      || document.querySelector(`[data-lignes="${CSS.escape(bouton.dataset.ajouterLigne || "")}"]`);
    if (!bloc) return;
    evenement.preventDefault();
    if (bouton.hasAttribute("data-ajouter-ligne")) ajouter(bloc);
    else retirer(bloc, bouton.closest("[data-ligne]"));
  });

  // Après un refus du serveur, les lignes déjà cochées restent cachées.
  document.querySelectorAll("[data-lignes]").forEach((bloc) => {
    lignesDe(bloc).forEach((ligne) => {
      const suppression = ligne.querySelector("input[type='checkbox'][name$='-DELETE']");
      if (suppression && suppression.checked) ligne.classList.add("ligne-retiree");
    });
    if (gestion(bloc, "TOTAL_FORMS")) renumeroter(bloc);
  });
})();
