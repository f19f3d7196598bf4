"""Writing in the journal what is not a transition: a voice, a withdrawal, a link revoked. Changes no statut.

Transitions write their own line in ``workflow.executer``.
"""

from .enums import Fait
from .models import Passage, Projet
from .permissions import Acteur


def consigner(
    projet: Projet, fait: Fait, *, par: Acteur, motif: str = "", au_titre_de: str = "", pour_services: bool = True
) -> Passage:
    """One line of the journal about a project, in the caller's transaction.

    ``au_titre_de`` says for whom the person acted. By default the porteur does not see the line.
    """
    return Passage.objects.create(
        projet=projet,
        action=fait,
        de=projet.statut,
        vers=projet.statut,
        par=par if par.pk else None,
        au_titre_de=au_titre_de,
        motif=motif.strip(),
        pour_services=pour_services,
    )
