"""Whom the porteur of a project may call: the people that the call names for this kind of porteur. Reads only."""

from correspondants.models import Correspondant, RegleRoutage

from .models import Projet


def interlocuteurs(projet: Projet) -> tuple[Correspondant, ...]:
    """« à qui envoyer, comme l’appel le dit », else whoever holds the coordination in charge today.

    In the order of the directory; two queries at most.
    """
    nommes = Correspondant.objects.annuaire().filter(
        pk__in=RegleRoutage.correspondants.through.objects.filter(regleroutage__nature=projet.nature).values(
            "correspondant"
        )
    )
    if trouves := tuple(nommes):
        return trouves
    return tuple(Correspondant.objects.joignables_pour(projet.coordination)) if projet.coordination else ()


__all__ = ["interlocuteurs"]
