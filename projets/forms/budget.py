"""The two tools of the budget editor: lines pasted from a spreadsheet, and a school year shared between two civil years.

Both show before they write: nothing goes in the file without a gesture, nothing typed is lost.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from .. import collage, etalement
from ..collage import Collage, LigneCollee
from ..dossier import Dossier, question
from ..etalement import Cle, LigneProposee
from ..questionnaire import Referentiel
from ..valeurs import euros, nombre
from .champs import Choix, champ

NE_PAS_GARDER = "-"
CHAMPS = ("charges", "produits")


class CollerForm(forms.Form):
    """What was copied in the spreadsheet, as it came."""

    texte = forms.CharField(
        label="Lignes copiées dans votre tableur",
        help_text="Une ligne par compte : le compte ou son numéro, puis le montant de chaque année. Titres et totaux peuvent "
        "rester.",
        max_length=collage.LONGUEUR_MAX,
        strip=False,
        error_messages={
            "required": "Collez d’abord des lignes de votre tableur.",
            "max_length": "Ce texte est trop long pour un budget : collez seulement ses lignes.",
        },
        widget=forms.Textarea(
            {"rows": 10, "class": "form-control saisie-tableur", "spellcheck": "false", "wrap": "off"}
        ),
    )


class LigneForm(forms.Form):
    """One pasted line as it would be written: its account to confirm or choose, its two amounts."""

    use_required_attribute = False
    texte = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, referentiel: Referentiel, comptes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remarque = self.deja = ""
        choix = [("", "Choisissez un compte"), (NE_PAS_GARDER, "Ne pas garder cette ligne"), *comptes]
        self.fields["compte"] = forms.ChoiceField(
            label="Compte", choices=choix, required=False, widget=Choix({"class": "form-select"})
        )
        for nom in ("montant_n", "montant_n1", "detail"):
            self.fields[nom] = champ(question(f"charges.0.{nom}"), referentiel)

    def clean(self) -> None:
        if not self.cleaned_data.get("compte") and "compte" not in self.errors:
            self.add_error("compte", "Choisissez le compte de cette ligne, ou « Ne pas garder cette ligne ».")


LignesFormSet = forms.formset_factory(LigneForm, extra=0, max_num=collage.LIGNES_MAX, absolute_max=collage.LIGNES_MAX)


class FormulaireCollage:
    """The text, then its lines. ``champs``: the tables of the budget that may change (« charges », « produits »)."""

    def __init__(
        self, dossier: Dossier, referentiel: Referentiel, champs: Collection[str], data: QueryDict | None = None
    ) -> None:
        self.dossier, self.referentiel = dossier, referentiel
        self.champs = {
            option.code: nom for nom in CHAMPS if nom in champs for option in referentiel.options(f"comptes_{nom}")
        }
        self.saisie = CollerForm(data)
        self.collage = Collage()
        self.lignes: forms.BaseFormSet | None = None
        if data is None:
            return
        parametres = {"referentiel": referentiel, "comptes": self._comptes()}
        if "inscrire" in data and "lignes-TOTAL_FORMS" in data:
            self.lignes = LignesFormSet(data, prefix="lignes", form_kwargs=parametres)
        elif self.saisie.is_valid():
            self.collage = collage.lire(self.saisie.cleaned_data["texte"], referentiel, dossier.annee)
            if not self.collage.lignes:
                self.saisie.add_error(
                    "texte", "Aucun montant n’a été trouvé dans ces lignes : vérifiez ce qui est copié."
                )
                return
            initiales = [self._initiale(ligne) for ligne in self.collage.lignes]
            self.lignes = LignesFormSet(prefix="lignes", initial=initiales, form_kwargs=parametres)
            for form, ligne in zip(self.lignes, self.collage.lignes, strict=True):
                form.remarque = ligne.erreur
                form.deja = self._deja(ligne)

    def _comptes(self) -> list[Any]:
        groupes: dict[str, list[tuple[str, str]]] = {}
        for code, nom in self.champs.items():
            option = next(o for o in self.referentiel.options(f"comptes_{nom}") if o.code == code)
            titre = f"{nom.capitalize()} · {option.groupes[0] if option.groupes else ''}"
            groupes.setdefault(titre, []).append((code, option.libelle))
        return list(groupes.items())

    def _initiale(self, ligne: LigneCollee) -> dict[str, Any]:
        return {
            "texte": ligne.texte,
            "compte": ligne.compte if ligne.compte in self.champs else "",
            "montant_n": ligne.montants[0],
            "montant_n1": ligne.montants[1],
            "detail": ligne.detail,
        }

    def _deja(self, ligne: LigneCollee) -> str:
        """What stands on the line of the account today, cell by cell, that the paste would replace."""
        if ligne.compte not in self.champs:
            return ""
        lignes = getattr(self.dossier, self.champs[ligne.compte])
        rang = collage.premier_rang(lignes, ligne.compte)
        if rang is None:
            return ""
        actuelle = lignes[rang]
        remplaces = [
            euros(avant)
            for avant, apres in zip((actuelle.montant_n, actuelle.montant_n1), ligne.montants, strict=True)
            if avant is not None and apres is not None and avant != apres
        ]
        return " et ".join(remplaces)

    def est_pret(self) -> bool:
        """Whether the lines were posted to be written, and can be."""
        return self.lignes is not None and self.lignes.is_bound and self.lignes.is_valid()

    def collees(self) -> list[LigneCollee]:
        """The lines to write, as they were confirmed."""
        gardees = []
        for form in self.lignes:
            lue = form.cleaned_data
            if lue["compte"] != NE_PAS_GARDER:
                montants = (lue["montant_n"], lue["montant_n1"])
                gardees.append(
                    LigneCollee(
                        lue["texte"], "", self.champs[lue["compte"]], lue["compte"], montants, lue["detail"] or ""
                    )
                )
        return gardees

    def en_json(self) -> dict[str, Any]:
        """For the script of the page: what it can write by itself, and the lines that a person has to look at."""
        comprises = [ligne for ligne in self.collage.comprises if ligne.compte in self.champs]
        return {
            "lignes": [
                {
                    "champ": ligne.champ,
                    "compte": ligne.compte,
                    "montants": [None if m is None else nombre(m, decimales=2) for m in ligne.montants],
                    "detail": ligne.detail,
                    "texte": ligne.texte,
                }
                for ligne in comprises
            ],
            "a_voir": [ligne.texte for ligne in self.collage.lignes if ligne not in comprises],
            "laissees": len(self.collage.laissees),
        }

    # --- for the template ---

    @property
    def erreurs(self) -> list[dict[str, str]]:
        forms_fautifs = [self.saisie] if self.lignes is None else [f for f in self.lignes if f.is_bound]
        return [
            {"ancre": form[nom].auto_id, "message": f"{form[nom].label}\u00a0: {phrases[0]}"}
            for form in forms_fautifs
            for nom, phrases in form.errors.items()
        ]

    @property
    def a_choisir(self) -> int:
        """Lines whose account is not known yet."""
        return sum(not form["compte"].value() for form in self.lignes or ())


class RepartitionForm(forms.Form):
    """The part of the year N of every line; N+1 gets the rest, so that cents always add up."""

    use_required_attribute = False

    def __init__(
        self,
        dossier: Dossier,
        referentiel: Referentiel,
        cles: tuple[Cle, ...],
        champs: Collection[str],
        data: QueryDict | None = None,
    ) -> None:
        self.cles = {cle.base.value: cle for cle in cles}
        demandee = (data or {}).get("base", "")
        self.cle = self.cles.get(demandee, cles[0])
        proposees = etalement.proposer(dossier, self.cle, champs)
        self.proposees = {f"{proposee.champ}-{proposee.rang}": proposee for proposee in proposees}
        saisie = data if data is not None and "proposer" not in data else None
        super().__init__(saisie, initial={nom: proposee.montant_n for nom, proposee in self.proposees.items()})
        for nom, proposee in self.proposees.items():
            self.fields[nom] = champ(question("charges.0.montant_n"), referentiel)
            self.fields[nom].label = f"{self.cle.annee}, {self.libelle(proposee, referentiel)}"
            self.fields[nom].widget.attrs["data-part"] = f"{proposee.montant:.2f}"
        self.referentiel = referentiel

    @staticmethod
    def libelle(proposee: LigneProposee, referentiel: Referentiel) -> str:
        compte = referentiel.libelle(f"comptes_{proposee.champ}", proposee.ligne.compte) or "Sans compte"
        return f"{compte} ({proposee.ligne.detail})" if proposee.ligne.detail else compte

    def clean(self) -> None:
        for nom, proposee in self.proposees.items():
            part = self.cleaned_data.get(nom)
            if nom not in self.errors and not 0 <= (part or 0) <= proposee.montant:
                self.add_error(nom, f"Écrivez un montant entre 0 et {euros(proposee.montant)}.")

    def choisies(self) -> list[LigneProposee]:
        """The lines as they were typed, when all could be read."""
        return [
            replace(proposee, montant_n=self.cleaned_data[nom] or Decimal("0.00"))
            for nom, proposee in self.proposees.items()
        ]

    # --- for the template ---

    @property
    def erreurs(self) -> list[dict[str, str]]:
        return [
            {"ancre": self[nom].auto_id, "message": f"{self[nom].label}\u00a0: {phrases[0]}"}
            for nom, phrases in self.errors.items()
        ]

    @property
    def annees(self) -> tuple[int, int]:
        return self.cle.annee, self.cle.annee + 1

    def tableaux(self) -> Iterator[dict[str, Any]]:
        """Charges, then produits: their rows and their totals."""
        for nom in CHAMPS:
            rangees = [self._rangee(cle, p) for cle, p in self.proposees.items() if p.champ == nom]
            if rangees:
                totaux = [sum((r[c] for r in rangees if r[c] is not None), Decimal(0)) for c in ("montant", "n", "n1")]
                yield {"nom": nom, "titre": nom.capitalize(), "rangees": rangees, "totaux": totaux}

    def _rangee(self, nom: str, proposee: LigneProposee) -> dict[str, Any]:
        part: Decimal | None = proposee.montant_n
        if self.is_bound:
            self.is_valid()
            part = None if nom in self.errors else self.cleaned_data.get(nom) or Decimal("0.00")
        return {
            "champ": self[nom],
            "libelle": self.libelle(proposee, self.referentiel),
            "montant": proposee.montant,
            "avant": (proposee.ligne.montant_n, proposee.ligne.montant_n1),
            "n": part,
            "n1": None if part is None else proposee.montant - part,
        }
