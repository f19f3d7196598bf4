"""The bilan as its porteur fills it: one page, kept even when a number is wrong. Changes no statut, sends no mail."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

from .. import bilans_word, retours_bilan
from ..bilans import SaisieRefusee, prendre_la_main
from ..communication import Conformite
from ..documents.compte_financier import CompteFinancier, LigneRendue, Partie
from ..dossier import COMPTE_DEMANDE
from ..enums import AppreciationIndicateur, GenrePiece
from ..models import Bilan, Compte, IndicateurBilan, LigneBilan, ModificationConcurrente, Piece, RetourBilan
from ..models.bilan import CHAMPS_SAISIS
from ..permissions import Acteur
from ..pieces_jointes.verdict import Nettoyee
from ..questionnaire import texte_propre
from ..rapprochement import LIGNES_AJOUTEES_MAX, RANG_AJOUTS
from ..workflow import ActionInterdite
from .champs import AIDE_DATE
from .champs_bilan import ChampDate, ChampEffectif, ChampMontant, ChampTexte
from .justificatifs import (
    JUSTIFICATIFS_MAX,
    ChampJustificatifs,
    examiner_justificatifs,
    nom_de_piece,
    pieces_retirables,
)


@dataclass(frozen=True)
class RetourAffiche:
    """One point sent back, with the field of the porteur's reply, and the anchor of the answer it is about."""

    retour: RetourBilan
    reponse: forms.BoundField
    ancre: str


def cle_du_champ(champ: str) -> str:
    """The field of the page that a point sent back is about; a question on one proof is answered by joining another."""
    return retours_bilan.JUSTIFICATIFS if champ.startswith("piece_") else champ


class BilanForm(forms.ModelForm):
    """Texts, people, one field per planned line (``ligne_<pk>``), two per indicator (``indicateur_<pk>``,
    ``appreciation_<pk>``), one per point sent back (``reponse_<pk>``), proofs."""

    nouveau_debut = ChampDate(label="Nouvelle date de début", required=False, help_text=AIDE_DATE)
    nouvelle_fin = ChampDate(label="Nouvelle date de fin", required=False, help_text=AIDE_DATE)

    realisation = ChampTexte(
        label="Ce qui a été fait",
        lignes=7,
        help_text=(
            "Racontez l’action comme elle s’est passée\u00a0: étapes, séances, sorties. "
            "Si elle n’a pas eu lieu, laissez vide."
        ),
    )
    dates_et_lieux = ChampTexte(label="Dates et lieux", lignes=3)
    resultats = ChampTexte(label="Objectifs atteints et résultats", lignes=5)
    difficultes = ChampTexte(label="Difficultés rencontrées et suites", lignes=4)
    filles = ChampEffectif(label="Filles", required=False)
    garcons = ChampEffectif(label="Garçons", required=False)
    parents = ChampEffectif(label="Parents", required=False)
    professionnels = ChampEffectif(label="Professionnels", required=False)
    explication_ecarts = ChampTexte(label="Explication des écarts", lignes=4)
    observations = ChampTexte(
        label="Observations", lignes=3, help_text="Par exemple\u00a0: comment les charges indirectes ont été réparties."
    )
    signataire = ChampTexte(label="Nom et qualité du signataire", maximum=200, lignes=1)
    justificatifs = ChampJustificatifs(
        label="Joindre des justificatifs",
        required=False,
        help_text=(
            "Factures, photos, affiches\u00a0: PDF, JPEG ou PNG, 10\u00a0Mo au plus chacun, 20 fichiers à la fois. "
            "Le lieu et l’heure cachés dans une photo sont retirés."
        ),
    )
    retirer = forms.TypedMultipleChoiceField(
        label="Retirer des justificatifs", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Bilan
        fields = CHAMPS_SAISIS
        widgets = {"issue": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bilan = self.instance
        self.conformite = Conformite.de(bilan.exercice.projet)
        if self.conformite:  # answered by the register of the supports, not typed a second time
            self.fields["communication_faite"].disabled = True
            self.initial["communication_faite"] = self.conformite.est_complete
        self.fields["issue"].required = False
        self.fields["signataire"].widget = forms.TextInput()
        self.lignes = {ligne.pk: ligne for ligne in bilan.lignes.select_related("compte") if ligne.prevu}
        self.indicateurs = {indicateur.pk: indicateur for indicateur in bilan.indicateurs.all()}
        for pk, ligne in self.lignes.items():
            self.fields[f"ligne_{pk}"] = ChampMontant(
                label=f"Réalisé, {ligne.libelle}",
                required=False,
                initial=ligne.realise,
            )
        for pk, indicateur in self.indicateurs.items():
            self.fields[f"indicateur_{pk}"] = ChampTexte(
                label=f"Résultat\u00a0: {indicateur.libelle}", initial=indicateur.resultat, lignes=2, maximum=2000
            )
            self.fields[f"appreciation_{pk}"] = forms.ChoiceField(
                label=f"La cible est-elle atteinte\u00a0? {indicateur.libelle}",
                choices=[("", "Choisissez"), *AppreciationIndicateur.choices],
                initial=indicateur.appreciation,
                required=False,
            )
        self.retours = {retour.pk: retour for retour in retours_bilan.ouverts(bilan)}
        for pk, retour in self.retours.items():
            self.fields[f"reponse_{pk}"] = ChampTexte(
                label=f"Votre réponse à la coordination\u00a0: {retour.libelle}",
                initial=retour.reponse,
                lignes=2,
                maximum=retours_bilan.LONGUEUR_REPONSE,
                help_text="Facultatif.",
            )
        self.retirables = list(pieces_retirables(bilan))
        self.fields["retirer"].choices = [(piece.pk, piece.nom) for piece in self.retirables]
        self.valides: list[tuple[str, Nettoyee]] = []
        for champ in self.fields.values():
            champ.constats = []

    @cached_property
    def verdicts(self) -> dict[UploadedFile, Nettoyee | str]:
        """What the proofs are worth: what is kept of each, or why it is refused."""
        return examiner_justificatifs(self.files.getlist(self.add_prefix("justificatifs")))

    def clean_issue(self) -> str:
        return self.cleaned_data.get("issue") or self.instance.issue

    def clean_justificatifs(self) -> None:
        """Good files are kept even when another one of the same choice is refused."""
        erreurs = []
        deja = self.instance.exercice.justificatifs.count()
        for rang, fichier in enumerate(self.cleaned_data["justificatifs"], 1):
            verdict = self.verdicts[fichier]
            if deja + rang > JUSTIFICATIFS_MAX:
                erreurs.append(f"{JUSTIFICATIFS_MAX} justificatifs au plus\u00a0: regroupez-les dans un PDF.")
            elif isinstance(verdict, str):
                erreurs.append(verdict)
            else:
                self.valides.append((nom_de_piece(fichier.name, verdict.extension), verdict))
        if erreurs:
            raise ValidationError(list(dict.fromkeys(erreurs)))

    @property
    def mentions(self) -> list[str]:
        """What was taken out of the proofs that are kept."""
        return [phrase for nom, verdict in self.valides if (phrase := verdict.mention(nom))]

    def enregistrer(self, par: Acteur) -> None:
        """Writes whatever could be read; a field in error keeps its former value here, and its text on the page."""
        bilan = self.instance
        bilan.save(update_fields=[nom for nom in self._meta.fields if nom in self.cleaned_data] or ["realisation"])
        lues = [(ligne, nom) for pk, ligne in self.lignes.items() if (nom := f"ligne_{pk}") in self.cleaned_data]
        for ligne, nom in lues:
            ligne.realise = self.cleaned_data[nom]
        LigneBilan.objects.bulk_update([ligne for ligne, _ in lues], ["realise"], batch_size=200)
        for pk, indicateur in self.indicateurs.items():
            if f"indicateur_{pk}" in self.cleaned_data:
                indicateur.resultat = self.cleaned_data[f"indicateur_{pk}"]
            if f"appreciation_{pk}" in self.cleaned_data:
                indicateur.appreciation = self.cleaned_data[f"appreciation_{pk}"]
        IndicateurBilan.objects.bulk_update(self.indicateurs.values(), ["resultat", "appreciation"], batch_size=200)
        retours_bilan.garder_reponses(
            bilan,
            {pk: self.cleaned_data[nom] for pk in self.retours if (nom := f"reponse_{pk}") in self.cleaned_data},
        )
        retires = set(self.cleaned_data.get("retirer", ()))
        for piece in self.retirables:
            if piece.pk in retires:
                transaction.on_commit(lambda fichier=piece.fichier: fichier.storage.delete(fichier.name))
                piece.delete()
        self._garder_justificatifs(par)

    def _garder_justificatifs(self, par: Acteur) -> None:
        exercice = self.instance.exercice
        connues = set(exercice.justificatifs.values_list("sha256", flat=True))
        for nom, gardee in self.valides:
            if hashlib.sha256(gardee.octets).hexdigest() in connues:
                continue  # sent twice
            piece = exercice.projet.garder_piece(GenrePiece.JUSTIFICATIF, nom, gardee.octets, par, gardee.type_mime)
            Piece.objects.filter(pk=piece.pk).update(exercice=exercice)
            connues.add(piece.sha256)


def choix_de_comptes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Accounts by class, for a line that was not planned; the grant itself is always planned."""
    groupes: dict[str, list[tuple[str, str]]] = {}
    for compte in Compte.objects.exclude(code=COMPTE_DEMANDE):
        titre = f"{compte.get_sens_display()} · {compte.classe} {compte.titre_classe}".replace("  ", " ")
        groupes.setdefault(titre, []).append((compte.code, compte.libelle))
    return [("", [("", "Choisir un compte")]), *groupes.items()]


class LigneAjouteeForm(forms.Form):
    """A line that was not in the budget."""

    compte = forms.ChoiceField(label="Compte", required=False)
    detail = forms.CharField(label="Précisions", required=False, max_length=300)
    realise = ChampMontant(label="Réalisé (€)", required=False)

    def __init__(self, *args: Any, comptes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compte"].choices = comptes
        for champ in self.fields.values():
            champ.constats = []

    def clean_detail(self) -> str:
        return texte_propre(self.cleaned_data["detail"])

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        if (
            not donnees.get("compte")
            and "compte" not in self.errors
            and (donnees.get("detail") or donnees.get("realise") is not None or "realise" in self.errors)
        ):
            self.add_error("compte", "Choisissez le compte de cette ligne.")
        return donnees


LignesAjoutees = forms.formset_factory(
    LigneAjouteeForm, extra=1, can_delete=True, max_num=LIGNES_AJOUTEES_MAX, absolute_max=120, validate_max=True
)


@dataclass(frozen=True)
class SaisieBilan:
    """The whole page: the form, the added lines, and the fingerprint of what was shown when typing began."""

    bilan: Bilan
    form: BilanForm
    ajouts: Any

    @classmethod
    def de(cls, bilan: Bilan, donnees: Any = None, fichiers: MultiValueDict[str, Any] | None = None) -> "SaisieBilan":
        comptes = choix_de_comptes()
        initial = [
            {"compte": ligne.compte_id, "detail": ligne.detail, "realise": ligne.realise}
            for ligne in bilan.lignes.all()
            if not ligne.prevu
        ]
        form = BilanForm(donnees, fichiers, instance=bilan)
        ajouts = LignesAjoutees(donnees, prefix="ajouts", initial=initial, form_kwargs={"comptes": comptes})
        return cls(bilan, form, ajouts)

    def tableaux(self, rendu: CompteFinancier) -> list[tuple[Partie, list[tuple[LigneRendue, forms.BoundField]]]]:
        """Each part of the report with the field of each planned line."""
        return [
            (
                partie,
                [(ligne, self.form[f"ligne_{ligne.pk}"]) for ligne in partie.lignes if ligne.pk in self.form.lignes],
            )
            for partie in (*rendu.parties, *rendu.volontaires)
        ]

    def indicateurs(self) -> list[tuple[IndicateurBilan, forms.BoundField, forms.BoundField]]:
        """Each indicator with the field of its result and that of its judgment."""
        return [
            (indicateur, self.form[f"indicateur_{pk}"], self.form[f"appreciation_{pk}"])
            for pk, indicateur in self.form.indicateurs.items()
        ]

    def retours(self) -> list[RetourAffiche]:
        """What the coordination waits for, in the order it was asked; each is tied to its field on the way."""
        affiches = []
        for pk, retour in self.form.retours.items():
            nom, reponse = cle_du_champ(retour.champ), self.form[f"reponse_{pk}"]
            if nom not in self.form.fields:
                affiches.append(RetourAffiche(retour, reponse, "id_ajouts" if nom == retours_bilan.AJOUTS else ""))
                continue
            lie = self.form[nom]
            affiche = RetourAffiche(retour, reponse, lie.auto_id)
            lie.field.retour = affiche
            decrit = (f"{lie.auto_id}_demande", lie.aria_describedby)
            lie.field.widget.attrs["aria-describedby"] = " ".join(filter(None, decrit))
            affiches.append(affiche)
        return affiches

    def est_valide(self) -> bool:
        return all([self.form.is_valid(), self.ajouts.is_valid()])

    def enregistrer(self, empreinte: str, par: Acteur, *, relu: bool = False) -> bool:
        """Keeps a draft; False when something typed could not be read (the rest is kept).

        What the reading of a Word file said of answers that change is settled, and all of it when it was seen (``relu``).

        Raises SaisieRefusee, with nothing written, when the bilan is no longer open or changed since it was shown.
        """
        _ = self.form.verdicts  # asked now: it may take seconds, when nobody else must wait for the database
        with transaction.atomic():
            try:
                prendre_la_main(self.bilan, empreinte, par)
            except ActionInterdite as ferme:
                raise SaisieRefusee(
                    f"{ferme} Votre saisie n’est pas enregistrée, mais elle reste affichée ci-dessous pour que vous "
                    "puissiez la copier."
                ) from ferme
            except ModificationConcurrente as change:
                raise SaisieRefusee(
                    "Ce bilan a été modifié depuis que vous avez ouvert cette page, peut-être dans un autre onglet. "
                    "Votre saisie est affichée ci-dessous : vérifiez-la, puis enregistrez à nouveau pour la garder."
                ) from change
            valide, avant = self.est_valide(), bilans_word.reponses(Bilan.objects.get(pk=self.bilan.pk))
            self.form.enregistrer(par)
            if self.ajouts.management_form.is_valid():
                self._remplacer_ajouts()
            bilans_word.regler(Bilan.objects.get(pk=self.bilan.pk), avant, relu=relu)
        return valide

    def _remplacer_ajouts(self) -> None:
        sens = dict(Compte.objects.values_list("code", "sens"))
        self.bilan.lignes.filter(prevu=0).delete()
        LigneBilan.objects.bulk_create(
            LigneBilan(
                bilan=self.bilan,
                compte_id=donnees["compte"],
                sens=sens[donnees["compte"]],
                detail=donnees.get("detail", ""),
                realise=donnees.get("realise"),
                rang=RANG_AJOUTS + rang,
            )
            for rang, donnees in enumerate(getattr(form, "cleaned_data", {}) for form in self.ajouts)
            if donnees.get("compte") and not donnees.get("DELETE")
        )
