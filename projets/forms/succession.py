"""Who takes over a post of the directory, and what is chosen for the person who leaves."""

from django import forms

from correspondants.models import Correspondant, Utilisateur

from ..questionnaire import texte_propre
from ..succession import Reprise, obstacles


class RepriseForm(forms.Form):
    """Judged by ``succession.obstacles``; ``reprise`` is what it says once valid."""

    ligne = forms.ModelChoiceField(
        label="Une personne déjà dans l’annuaire",
        queryset=Correspondant.objects.none(),
        required=False,
        empty_label="— non, une nouvelle personne —",
        help_text="Elle garde sa ligne, qui reçoit les rôles ; celle-ci est retirée de l’annuaire.",
        error_messages={"invalid_choice": "Choisissez une personne de la liste."},
    )
    nom = forms.CharField(label="Prénom et nom de la nouvelle personne", max_length=150, required=False)
    courriel = forms.EmailField(
        label="Son courriel",
        required=False,
        help_text="Vide, le poste reste à pourvoir.",
        error_messages={"invalid": "Cette adresse n’a pas la forme nom@domaine.fr : corrigez-la."},
    )
    telephone = forms.CharField(label="Son téléphone", max_length=30, required=False)
    inviter = forms.BooleanField(
        label="Lui envoyer une invitation à ouvrir son compte, si elle n’en a pas", required=False, initial=True
    )
    garder_compte = forms.BooleanField(
        label="La personne qui part garde un compte de porteur (ses projets, aucun rôle)",
        required=False,
        help_text="Sinon son compte est fermé. Dans les deux cas ses sessions prennent fin tout de suite.",
    )
    reprendre_projets = forms.BooleanField(
        label="Les projets qu’elle porte passent aussi à la nouvelle personne",
        required=False,
        help_text="Pour les services et les établissements, dont les projets ne sont pas à une personne.",
    )
    motif = forms.CharField(
        label="Motif", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2, "cols": 60})
    )

    def __init__(self, *args: object, poste: Correspondant, par: Utilisateur, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.poste, self.par = poste, par
        for nom in ("nom", "courriel"):
            self.fields[nom].widget.attrs["class"] = "vTextField"  # as wide as the administration's
        self.fields["ligne"].queryset = (
            Correspondant.objects.actifs().exclude(pk=poste.pk).select_related("utilisateur")
        )

    def clean_nom(self) -> str:
        return texte_propre(self.cleaned_data["nom"])

    def clean_telephone(self) -> str:
        return texte_propre(self.cleaned_data["telephone"])

    def clean_motif(self) -> str:
        return texte_propre(self.cleaned_data["motif"], multiligne=True)

    def clean(self) -> None:
        lus = self.cleaned_data
        if lus.get("ligne") and (lus.get("nom") or lus.get("courriel")):
            self.add_error("ligne", "Choisissez une personne de la liste, ou écrivez-en une nouvelle : pas les deux.")
        elif lus.get("nom") and not lus.get("courriel") and "courriel" not in self.errors:
            self.add_error("courriel", "Écrivez le courriel de la nouvelle personne.")
        if not self.errors:
            for phrase in obstacles(self.poste, self.reprise, self.par):
                self.add_error(None, phrase)

    @property
    def reprise(self) -> Reprise:
        return Reprise(**self.cleaned_data)
