"""The acknowledgement of a deposit, said once for its PDF and its Word file: what arrived, when, for how much, what follows.

What was deposited comes from the ``Depot``, which never changes. Who follows the project and whom to call are those of the
day on which it is asked for: the view gives the people.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from correspondants.models import Correspondant

from ..blocs import Bloc, Faits, Imprime, Liste, Paragraphe, Tableau, Titre, tableau
from ..budget import syntheses
from ..dossier import Dossier
from ..models import Depot, Projet
from ..temps_scolaire import DELAI_AVIS
from ..valeurs import date_longue, euros, nombre

PAR_LIGNE = 32  # characters of a fingerprint on one line


def accuse(projet: Projet, depot: Depot, personnes: tuple[Correspondant, ...]) -> Imprime:
    """The acknowledgement of one deposit of a project, with the people to call today."""
    dossier = Dossier.depuis_json(depot.donnees)
    return Imprime(
        titre=f"Accusé de réception du projet {projet.numero}",
        cite=projet.appel.cite,
        appel_titre=projet.appel.titre,
        reference=f"Projet {projet.numero}",
        blocs=tuple(_blocs(projet, depot, dossier, personnes)),
    )


def _blocs(projet: Projet, depot: Depot, dossier: Dossier, personnes: tuple[Correspondant, ...]) -> Iterator[Bloc]:
    yield Titre("Accusé de réception", 1)
    yield Paragraphe(
        f"Votre projet « {' '.join(dossier.titre.split()) or 'Projet sans titre'} » est arrivé. Gardez son numéro : "
        "il le suivra jusqu’au dernier bilan.",
        ton="chapo",
    )
    yield Faits("Le dépôt", (*_faits(projet, depot, dossier), *_fichier(depot)), est_detaille=True)
    yield Titre("Ce que vous demandez")
    yield _demande(dossier)
    yield Titre("Ce qui se passe maintenant")
    yield Liste(tuple(_suite(projet, dossier)))
    yield Titre("Qui appeler")
    yield from _qui_appeler(personnes)
    yield Paragraphe(f"{settings.URL_PUBLIQUE.rstrip('/')}{projet.get_absolute_url()}", "Suivre votre projet :")
    yield Paragraphe(
        "Cet accusé de réception atteste du dépôt. Il ne préjuge pas de la décision : aucune dépense n’est garantie "
        "avant elle.",
        ton="doux",
    )


def moment(instant: datetime) -> str:
    """« 12 mars 2026 à 14 h 32 », in local time."""
    local = timezone.localtime(instant)
    return f"{date_longue(local.date())} à {local.hour} h {local:%M}"


def _faits(projet: Projet, depot: Depot, dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "Numéro", projet.numero or ""
    yield "Déposé le", moment(depot.cree_le)
    if depot.rang > 1 and projet.depose_le:
        yield "Version", f"dépôt no {depot.rang} ; le premier date du {moment(projet.depose_le)}"
    yield "Structure", dossier.structure_nom
    yield "Personne à contacter", dossier.porteur_nom
    if projet.porteur:
        yield "Compte qui suit le projet", projet.porteur.email


def _demande(dossier: Dossier) -> Tableau:
    """One row per civil year: asked, and the whole of the budget; a total as soon as there are two."""
    charges = {une.annee: une.charges for une in syntheses(dossier)}
    lignes = [(str(annee), dossier.montant_demande(annee), charges.get(annee)) for annee in dossier.annees]
    if len(lignes) > 1:
        lignes.append(("Total", *(sum((ligne[rang] or Decimal(0) for ligne in lignes), Decimal(0)) for rang in (1, 2))))
    return tableau(
        "Subvention demandée par année civile",
        ("Année civile", "Demandé à la cité éducative", "Budget du projet"),
        [(annee, euros(demande), euros(budget)) for annee, demande, budget in lignes],
        nombres=(1, 2),
        parts=(2, 3, 3),
        total=len(lignes) > 1,
    )


def _fichier(depot: Depot) -> Iterator[tuple[str, str]]:
    """The Word file as it was kept. Two files that are alike have the same fingerprint."""
    piece = depot.piece
    if piece is None:
        yield "Fichier", "Il n’est plus gardé : sa durée de conservation est passée."
        return
    yield "Fichier gardé", f"{piece.nom}, {nombre(piece.taille)} octets"
    groupes = [piece.sha256[debut : debut + PAR_LIGNE] for debut in range(0, len(piece.sha256), PAR_LIGNE)]
    yield "Empreinte du fichier (SHA-256)", "\n".join(groupes)


def _suite(projet: Projet, dossier: Dossier) -> Iterator[str]:
    suivi = projet.get_coordination_display()
    coordination = f"La {suivi[:1].lower()}{suivi[1:]}" if suivi else "La coordination"
    yield f"Vérification. {coordination} relit le dossier. S’il manque quelque chose, un courriel vous dit quoi."
    if dossier.est_sur_temps_scolaire:
        yield (
            "Avis sur le temps scolaire. L’Éducation nationale donne son avis sur les interventions pendant la classe ; "
            f"il est attendu sous {DELAI_AVIS.days} jours."
        )
    yield "Troïka. L’Éducation nationale, la préfecture et la ville décident ensemble, en séance."
    yield "Réponse. La décision et les montants par année civile vous arrivent par courriel."


def _qui_appeler(personnes: tuple[Correspondant, ...]) -> Iterator[Bloc]:
    if not personnes:
        yield Paragraphe("Écrivez à la coordination depuis la page de votre projet.")
        return
    yield tableau(
        "Les personnes qui suivent votre projet",
        ("Personne", "Fonction", "Téléphone", "Courriel"),
        [(str(une), une.titre if une.nom else "", une.telephone, une.courriel) for une in personnes],
        parts=(3, 4, 3, 4),
    )


__all__ = ["accuse", "moment"]
