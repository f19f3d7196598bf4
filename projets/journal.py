"""Writing in the journal what is not a transition: a voice, a withdrawal, a link revoked, a setting changed. Changes no statut.

Transitions write their own line in ``workflow.executer``. Where the line comes from is not said here: ``cite_educative.origine``
knows it.
"""

from django.db import models

from .enums import Fait
from .mentions import desarmer, mentionner
from .models import Passage, Projet
from .permissions import Acteur


def consigner(
    projet: Projet | None,
    fait: Fait,
    *,
    par: Acteur | None,
    motif: str = "",
    vise: models.Model | None = None,
    au_titre_de: str = "",
    pour_services: bool = True,
) -> Passage:
    """One line of the journal about a project, or about the portal itself (None), in the caller's transaction.

    ``vise`` is the row that names the person or the address the line speaks of: its number is written, never the name.
    ``au_titre_de`` says for whom the person acted. By default the porteur does not see the line. Somebody who writes about
    several projects in one transaction takes them in the order of their keys, as ``workflow.publier_seance`` does.
    """
    statut = projet.statut if projet else ""
    return Passage.objects.create(
        projet=projet,
        action=fait,
        de=statut,
        vers=statut,
        par=par if par is not None and par.pk else None,
        au_titre_de=au_titre_de,
        motif=f"{motif.strip()} {mentionner(vise)}".strip() if vise else desarmer(motif.strip()),
        pour_services=pour_services,
    )
