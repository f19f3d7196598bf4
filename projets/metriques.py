"""What the database says of the queues, in Prometheus's text format: counts and ages, never a name."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone

from .enums_portail import EtatCourriel, EtatExport
from .models import Courriel, ExportDemande, Pouls


def _jauge(nom: str, aide: str, valeurs: dict[str, float]) -> Iterator[str]:
    """``valeurs`` by labels, as they are written; an empty label for a measure that has none."""
    yield f"# HELP {nom} {aide}"
    yield f"# TYPE {nom} gauge"
    for etiquettes, valeur in valeurs.items():
        yield f"{nom}{etiquettes} {valeur}"


def exposer() -> str:
    """The same for every web process, since it comes from the database."""
    maintenant = timezone.now()
    courriels = dict.fromkeys(EtatCourriel.values, 0) | dict(
        Courriel.objects.order_by().values_list("etat").annotate(nombre=Count("pk"))
    )
    exports = dict.fromkeys(EtatExport.values, 0) | dict(
        ExportDemande.objects.order_by().values_list("etat").annotate(nombre=Count("pk"))
    )
    plus_ancien = Courriel.objects.en_attente().order_by().aggregate(le=Min("cree_le"))["le"]
    pouls = Pouls.objects.filter(nom="courriels").first()
    lignes = [
        *_jauge("portail_courriels", "Courriels de la boîte d’envoi, par état.", _par_etat(courriels)),
        *_jauge("portail_exports", "Exports demandés, par état.", _par_etat(exports)),
        *_jauge(
            "portail_courriel_attente_secondes",
            "Âge du plus ancien courriel en attente.",
            {"": (maintenant - plus_ancien).total_seconds() if plus_ancien else 0},
        ),
    ]
    if pouls:  # without a worker ever, the measure is absent: that is what an alert looks at
        age = {"": (maintenant - pouls.le).total_seconds()}
        lignes += _jauge("portail_worker_pouls_secondes", "Temps depuis le dernier battement du worker.", age)
    return "\n".join(lignes) + "\n"


def _par_etat(nombres: dict[str, int]) -> dict[str, float]:
    return {f'{{etat="{etat}"}}': nombre for etat, nombre in nombres.items()}
