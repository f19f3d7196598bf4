"""The projects of a demonstration, from the example files: the past meeting, the one to come, and what waits."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Utilisateur

from .. import liens_agenda
from ..dossier import Dossier
from ..enregistrement import enregistrer
from ..enums import Financeur, GenrePiece, SensDecision, Statut
from ..models import Appel, Courriel, Enveloppe, GenreMouvement, Projet, SeanceTroika
from ..mouvements import annuler_mouvement, mouvementer
from ..questionnaire import Referentiel
from ..regles import constater
from ..renouvellement import decaler
from ..word.ecriture import ecrire
from ..word.lecture import lire
from ..workflow import publier_seance
from .a_plusieurs import ecrire_a_deux
from .bilans import demander_de_nouvelles_dates, renvoyer_un_bilan
from .budget import dossier_de_rentree
from .communication import choisir_une_identite, joindre_une_affiche, montrer, poser_les_logos
from .comptes import PORTEUR_ASSOCIATION, PORTEUR_ECOLE, agents_de, creer_comptes
from .conduite import decider, finir, mener, noter, remettre_bilan, tenir_la_feuille
from .horloge import il_y_a
from .suivi import commencer_une_reconduction, deposer_la_reconduction, inviter_un_collegue
from .versements import commencer_un_budget, confirmer_puis_payer, tout_verser, trop_verser

EXEMPLES = Path(settings.BASE_DIR) / "fixtures" / "exemples"


@dataclass(frozen=True)
class Scenario:
    """One project of the demonstration: an example file, a change of title, where it has come to."""

    exemple: str
    statut: Statut
    suffixe: str = ""
    sens: SensDecision | None = None
    part: Decimal = Decimal(1)  # share of the amount asked that is granted
    nature: str = ""  # another kind of structure than the example's
    decalage: int = 0  # years added to every date of the example
    autres: int = 0  # euros of the first civil year that the other funders give
    trop_verse: bool = False  # paid in full, then less was spent: the rest is asked back


_S = Statut
PASSES = (
    Scenario("theatre", _S.CLOS, "édition précédente", SensDecision.VALIDE, decalage=-1),
    Scenario("dictionnaire", _S.VALIDE, "", SensDecision.VALIDE),
    Scenario("voyage", _S.VALIDE, "", SensDecision.RESERVES, Decimal("0.8")),
    Scenario("refuge", _S.AJOURNE, "deuxième secteur", SensDecision.AJOURNE),
    Scenario("emploi", _S.REFUSE, "salon privé", SensDecision.REFUSE),
    Scenario("emploi", _S.VALIDE, "troisièmes", SensDecision.VALIDE, Decimal("0.9"), "etablissement"),
    Scenario("theatre", _S.VALIDE, "deuxième compagnie", SensDecision.VALIDE, Decimal("0.6")),
    Scenario("voyage", _S.VALIDE, "édition précédente", SensDecision.VALIDE, Decimal("0.7"), decalage=-1),  # bilan late
    Scenario("dictionnaire", _S.VALIDE, "année passée", SensDecision.VALIDE, decalage=-1, trop_verse=True),
)
EN_COURS = (
    Scenario("theatre", _S.INSCRIT, "", SensDecision.VALIDE, Decimal("0.75"), autres=1300),
    Scenario("refuge", _S.INSCRIT, ""),
    Scenario("emploi", _S.INSCRIT, ""),
    Scenario("dictionnaire", _S.PRET, "nouvelle rentrée"),
    Scenario("voyage", _S.AVIS_IEN, "deuxième groupe"),
    Scenario("refuge", _S.AVIS_IEN, "classes de CE1", nature="ecole"),
    Scenario("theatre", _S.A_COMPLETER, "atelier des parents", nature="ecole"),
    Scenario("dictionnaire", _S.DEPOSE, "classe d’UPE2A", nature="ecole"),
    Scenario("emploi", _S.DEPOSE, "après-midi des métiers"),
    Scenario("voyage", _S.RETIRE, "version abandonnée", nature="ecole"),
    Scenario("theatre", _S.BROUILLON, "idée pour l’été"),
)
SEANCE = 30  # days since the past meeting; deposits come before, payments after


def exemples(referentiel: Referentiel) -> dict[str, tuple[str, bytes, Dossier]]:
    """The example files by their key word: name, bytes as they are, what the portal reads."""
    mots = {scenario.exemple for scenario in (*PASSES, *EN_COURS)} | {"mare"}
    trouves = {}
    for fichier in sorted(EXEMPLES.glob("*.docx")):
        for mot in mots:
            if mot in fichier.stem:
                octets = fichier.read_bytes()
                trouves[mot] = (fichier.name, octets, lire(octets, referentiel).dossier)
    return trouves


@transaction.atomic
def peupler() -> Iterator[str]:
    """Makes the demonstration, saying what it does; nothing when it is already there."""
    comptes = creer_comptes()
    agents = agents_de(comptes)
    appel = Appel.objects.courant()
    if Projet.objects.exists():
        yield "Les projets de démonstration sont déjà là."
        return
    _enveloppes(appel)
    poser_les_logos(appel)
    choisir_une_identite(appel)
    referentiel = appel.referentiel()
    modeles = exemples(referentiel)

    def jouer(
        scenarios: tuple[Scenario, ...], seance: SeanceTroika, depuis: int, decide: int
    ) -> list[tuple[Scenario, Projet]]:
        """The first one is deposited ``depuis`` days ago, each other a day later; decided ``decide`` days ago."""
        menes = []
        for rang, scenario in enumerate(scenarios):
            nom, octets, dossier = modeles[scenario.exemple]
            if scenario.suffixe:
                dossier = dossier.remplacer(titre=f"{dossier.titre} – {scenario.suffixe}", **_structure(scenario))
                dossier = decaler(dossier, scenario.decalage)
                octets = ecrire(dossier, referentiel)
            with il_y_a(depuis - rang):
                projet = _brouillon(appel, comptes, dossier, nom, octets)
                mener(projet, scenario.statut, agents, lambda: seance)
            menes.append((scenario, projet))
        for scenario, projet in menes:
            if scenario.sens:
                montants = _montants(projet, scenario.part, scenario.autres) if scenario.sens.accorde else {}
                justification = DEPASSEMENT if scenario.autres else ""
                with il_y_a(decide):
                    decider(projet, agents, scenario.sens, montants=montants, justification_depassement=justification)
        return menes

    with il_y_a(SEANCE + 20):
        passee = _seance(appel, 20)
    menes = jouer(PASSES, passee, SEANCE + 19, SEANCE)
    with il_y_a(SEANCE):
        tenir_la_feuille(passee, agents)
        liens_agenda.creer(agents(Role.COORDINATEUR_VILLE))
    with il_y_a(SEANCE - 2):
        publier_seance(passee, par=agents(Role.COORDINATEUR_VILLE))
    _mouvements(appel, agents(Role.COORDINATEUR_VILLE))
    for rang, (scenario, projet) in enumerate(menes):
        finir(projet, scenario.statut, agents)
        if rang == 1:
            joindre_une_affiche(projet)
            montrer(projet, agents)
        if scenario.statut is Statut.VALIDE and rang % 2 and not scenario.decalage:
            remettre_bilan(projet.exercices.first(), taux=Decimal("0.9"))
        elif scenario.trop_verse:
            bilan = remettre_bilan(projet.exercices.first(), taux=Decimal("0.9"), touches=(176, 169, 205))
            trop_verser(projet, bilan, agents)
        elif scenario.statut is Statut.CLOS:
            tout_verser(projet, agents)
        elif scenario.part == Decimal("0.6"):
            confirmer_puis_payer(projet, agents)
        elif scenario.part < 1 and not scenario.decalage:
            commencer_un_budget(projet)
        yield f"{projet.numero} {projet.titre} : {Statut(projet.statut).label}"
    renvoyer_un_bilan(agents)
    demander_de_nouvelles_dates()
    for nom, octets, dossier in modeles.values():
        if any(constat.est_bloquant for constat in constater(dossier, referentiel)):
            projet = _brouillon(appel, comptes, dossier, nom, octets)
            yield f"{projet.titre} : brouillon, des points à corriger"

    octets = ecrire(rentree := dossier_de_rentree(modeles["theatre"][2], modeles["voyage"][2]), referentiel)
    radio = _brouillon(appel, comptes, rentree, "radio.docx", octets)
    ecrire_a_deux(
        radio, next(comptes[une] for une in (PORTEUR_ECOLE, PORTEUR_ASSOCIATION) if comptes[une] != radio.porteur)
    )
    yield f"{radio.titre} : brouillon écrit à deux, un budget à répartir"

    for rang, (_, projet) in enumerate(jouer(EN_COURS, _seance(appel, 10), len(EN_COURS), 0)):
        if rang == 0:
            noter(projet, agents, "La ville prête la salle de spectacle. À revoir avec le collège : le calendrier.")
        yield f"{projet.numero or 'sans numéro'} {projet.titre} : {Statut(projet.statut).label}"
    clos, rendu = menes[0][1], menes[-1][1]
    yield f"{deposer_la_reconduction(rendu, agents).numero} reconduit {rendu.numero}"
    commencer_une_reconduction(clos)
    inviter_un_collegue(clos)
    # They leave today: one that had waited for weeks would be said to be forgotten.
    Courriel.objects.update(cree_le=timezone.now())


def _structure(scenario: Scenario) -> dict[str, str]:
    """The structure of a scenario that is carried by somebody else than the example."""
    noms = {"ecole": "École de démonstration", "etablissement": "Collège de démonstration"}
    if not scenario.nature:
        return {}
    return {
        "structure_nature": scenario.nature,
        "structure_nom": noms[scenario.nature],
        "structure_siret": "",
        "structure_rna": "",
        "porteur_nom": "La direction",
    }


def _brouillon(appel: Appel, comptes: dict[str, Utilisateur], dossier: Dossier, nom: str, octets: bytes) -> Projet:
    est_en = dossier.structure_nature in ("ecole", "etablissement")
    porteur = comptes[PORTEUR_ECOLE if est_en else PORTEUR_ASSOCIATION]
    projet = Projet(appel=appel, porteur=porteur)
    enregistrer(projet, dataclasses.replace(dossier, porteur_courriel=porteur.email))
    projet.garder_piece(GenrePiece.DOSSIER, nom, octets, porteur)
    return projet


def _montants(projet: Projet, part: Decimal, autres: int = 0) -> dict[tuple[int, Financeur], Decimal]:
    """What is granted: two thirds by the State, the rest by the town, in whole euros; the first year, what others give."""
    montants = {}
    for rang, exercice in enumerate(projet.exercices.all()):
        total = (exercice.montant_demande * part).quantize(Decimal(1), ROUND_DOWN)
        if rang == 0 and autres:
            montants[exercice.annee, Financeur.AUTRE] = min(Decimal(autres), total)
            total -= montants[exercice.annee, Financeur.AUTRE]
        etat = (total * 2 / 3).quantize(Decimal(1), ROUND_DOWN)
        montants[exercice.annee, Financeur.ETAT] = etat
        montants[exercice.annee, Financeur.VILLE] = total - etat
    return montants


def _enveloppes(appel: Appel) -> None:
    """Example envelopes for the civil years around now: the call gives no amount."""
    annee = timezone.localdate().year
    for decalage in (-1, 0, 1):
        for financeur, montant in (
            (Financeur.ETAT, 60_000),
            (Financeur.EDUCATION_NATIONALE, 8_000),
            (Financeur.VILLE, 30_000),
            (Financeur.AUTRE, 1_000),
        ):
            Enveloppe.objects.get_or_create(
                appel=appel, annee=annee + decalage, financeur=financeur, defaults={"montant": Decimal(montant)}
            )


DEPASSEMENT = "Le mécène complète son don de 300 euros : sa lettre d’engagement est attendue avant le versement."


def _mouvements(appel: Appel, par: Utilisateur) -> None:
    """An addition, a transfer, and an addition typed by mistake then cancelled."""
    jour = timezone.localdate()
    etat, ville = (jour.year, Financeur.ETAT), (jour.year, Financeur.VILLE)
    education = (jour.year, Financeur.EDUCATION_NATIONALE)
    suite = {"date": jour, "par": par}
    mouvementer(
        appel,
        GenreMouvement.AJOUT,
        Decimal(5000),
        vers=etat,
        motif="Crédits complémentaires notifiés en cours d’année.",
        **suite,
    )
    mouvementer(
        appel,
        GenreMouvement.TRANSFERT,
        Decimal(2000),
        de=education,
        vers=ville,
        motif="Accord des pilotes : la ville porte les sorties prévues au collège.",
        **suite,
    )
    double = mouvementer(
        appel, GenreMouvement.AJOUT, Decimal(5000), vers=etat, motif="Crédits complémentaires.", **suite
    )
    annuler_mouvement(double, motif="Saisi deux fois.", par=par)


def _seance(appel: Appel, dans_jours: int) -> SeanceTroika:
    jour = timezone.localtime(timezone.now() + timedelta(days=dans_jours))
    return SeanceTroika.objects.create(
        appel=appel,
        date=jour.replace(hour=14, minute=0, second=0, microsecond=0),
        lieu="Hôtel de ville, salle du conseil",
    )
