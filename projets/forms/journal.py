"""What can be looked for in the journal of the portal, and the choices of what each person receives."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from ..enums import Voie, libelles_du_journal
from ..enums_portail import Rythme
from ..models import Passage, ReceptionCourriels
from ..models.reception import JAMAIS_MUETTES, familles_de


class PassageFilterSet(django_filters.FilterSet):
    """Filters of the journal. A value that is not understood is said by its field, and ignored."""

    personne = django_filters.CharFilter(label="Personne", method="filtrer_personne")
    projet = django_filters.CharFilter(label="Numéro du projet", method="filtrer_projet")
    action = django_filters.ChoiceFilter(label="Action", choices=libelles_du_journal, empty_label="Toutes")
    voie = django_filters.ChoiceFilter(label="Origine", choices=Voie.choices, empty_label="Toutes")
    du = django_filters.DateFilter(
        label="Du", field_name="le", lookup_expr="date__gte", widget=forms.DateInput(attrs={"type": "date"})
    )
    au = django_filters.DateFilter(
        label="Au", field_name="le", lookup_expr="date__lte", widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Passage
        fields: tuple[str, ...] = ()

    def filtrer_personne(self, passages: QuerySet[Passage], nom: str, valeur: str) -> QuerySet[Passage]:
        mots = valeur.replace("\x00", "")[:200]
        return passages.filter(
            Q(par__email__icontains=mots) | Q(par__nom__icontains=mots) | Q(au_titre_de__icontains=mots)
        )

    def filtrer_projet(self, passages: QuerySet[Passage], nom: str, valeur: str) -> QuerySet[Passage]:
        return passages.filter(projet__numero=valeur.replace("\x00", "").strip()[:12])

    @property
    def actifs(self) -> bool:
        return any(self.data.get(nom) for nom in self.filters)


def curseur(donnees: QueryDict) -> int | None:
    """The line after which the page begins; None for the first page, or when it is no line at all."""
    texte = donnees.get("avant", "")
    return int(texte) if texte.isdecimal() and texte.isascii() and len(texte) <= 18 else None


class ReceptionForm(forms.ModelForm):
    """The pace of each family of mails, and the hour of the digest."""

    heure = forms.TypedChoiceField(
        label="Heure du récapitulatif",
        choices=[(heure, f"{heure} h") for heure in range(6, 21)],
        coerce=int,
        empty_value="",
        help_text="Les jours ouvrés seulement : ni le samedi, ni le dimanche, ni les jours fériés.",
    )

    class Meta:
        model = ReceptionCourriels
        fields = ("heure",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.familles = familles_de(self.instance.utilisateur)
        for famille in self.familles:
            muette = famille in JAMAIS_MUETTES
            self.fields[famille.value] = forms.ChoiceField(
                label=famille.label,
                choices=[(r.value, r.label) for r in Rythme if not (muette and r is Rythme.JAMAIS)],
                initial=self.instance.rythme(famille),
                help_text="Un projet attend votre réponse : ces courriels vous parviennent toujours." if muette else "",
                required=False,  # there is always a choice: nothing to mark as compulsory
            )
        self.fields["heure"].required = False
        self.order_fields([*self.familles, "heure"])

    def clean(self) -> dict[str, Any]:
        """A list sent empty, which the page cannot do."""
        donnees = super().clean()
        for nom in (*self.familles, "heure"):
            if donnees.get(nom) == "" and nom not in self.errors:
                self.add_error(nom, "Choisissez l’une des réponses proposées.")
        return donnees

    def save(self, commit: bool = True) -> ReceptionCourriels:
        choisis = {famille.value: self.cleaned_data[famille.value] for famille in self.familles}
        self.instance.rythmes = {**self.instance.rythmes, **choisis}
        return super().save(commit)
