"""What can be looked for in the outbox."""

import django_filters
from django.db.models import Q, QuerySet

from ..enums_portail import EtatCourriel, RaisonEchec
from ..models import Courriel


class FiltreCourriels(django_filters.FilterSet):
    """Filters of the outbox. A value that is not understood is said by its field, and ignored."""

    q = django_filters.CharFilter(label="Destinataire, objet ou numéro", method="filtrer_texte")
    etat = django_filters.ChoiceFilter(label="État", choices=EtatCourriel.choices, empty_label="Tous")
    raison = django_filters.ChoiceFilter(label="Raison", choices=RaisonEchec.choices, empty_label="Toutes")

    class Meta:
        model = Courriel
        fields: tuple[str, ...] = ()

    def filtrer_texte(self, courriels: QuerySet[Courriel], nom: str, valeur: str) -> QuerySet[Courriel]:
        mots = valeur.replace("\x00", "")[:200]
        return courriels.filter(
            Q(destinataire__icontains=mots) | Q(objet__icontains=mots) | Q(projet__numero__icontains=mots)
        )
