"""The models that are copied: projects of one cité, brought to every statut by the real workflow. Nothing here writes a statut.

A family is played step by step, all its projects together; the moment each step began tells afterwards which rows it wrote,
so that the copies can spread over a year what took a few seconds here.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Utilisateur

from .. import bilans
from ..demonstration.comptes import Agents
from ..demonstration.conduite import decider, noter, remettre_bilan, rendre_les_avis, tenir_la_feuille
from ..demonstration.scenarios import decaler, exemples
from ..dossier import Dossier
from ..enregistrement import enregistrer
from ..enums import Action, Financeur, GenrePiece, SensAvis, SensDecision, Statut
from ..models import Appel, Projet, SeanceTroika
from ..questionnaire import normaliser
from ..word.ecriture import ecrire
from ..workflow import executer, publier_seance
from .identites import STRUCTURES, identite, variante

JUSTIFICATION = "Projet généré pour la mesure : les enveloppes n’ont pas été débattues."
_S, _D = Statut, SensDecision
_EXEMPLES = ("theatre", "dictionnaire", "voyage", "refuge", "emploi")


@dataclass(frozen=True)
class Modele:
    """Where one project has come to, and by what way."""

    statut: Statut
    sens: SensDecision | None = None
    complements: bool = False  # it was asked to complete its file, and did
    reserve: bool = False  # an opinion came with reserves
    bilan: str = ""  # "depose", "accepte"


def _repeter(*groupes: tuple[int, Modele]) -> tuple[Modele, ...]:
    """The groups dealt like cards, so that the beginning of the list is already varied."""
    restes = [[nombre, modele] for nombre, modele in groupes]
    donnes = []
    while any(nombre for nombre, _ in restes):
        for groupe in restes:
            if groupe[0]:
                groupe[0] -= 1
                donnes.append(groupe[1])
    return tuple(donnes)


PASSES = _repeter(
    (22, Modele(_S.CLOS, _D.VALIDE, bilan="accepte")),
    (4, Modele(_S.CLOS, _D.RESERVES, complements=True, bilan="accepte")),
    (5, Modele(_S.REFUSE, _D.REFUSE)),
    (2, Modele(_S.AJOURNE, _D.AJOURNE, reserve=True)),
    (3, Modele(_S.RETIRE)),
)
# Of last year only: what is still to be reported on, or judged.
RECENTS = (
    Modele(_S.VALIDE, _D.VALIDE),
    Modele(_S.VALIDE, _D.VALIDE, bilan="depose"),
    Modele(_S.VALIDE, _D.RESERVES, bilan="accepte"),
    Modele(_S.CLOS, _D.VALIDE, bilan="accepte"),
)
COURANTS = _repeter(
    (6, Modele(_S.DEPOSE)),
    (6, Modele(_S.AVIS_IEN)),
    (3, Modele(_S.PRET)),
    (2, Modele(_S.PRET, complements=True, reserve=True)),
    (5, Modele(_S.VALIDE, _D.VALIDE)),
    (2, Modele(_S.VALIDE, _D.RESERVES, bilan="depose")),
    (4, Modele(_S.A_COMPLETER)),
    (3, Modele(_S.INSCRIT)),
    (3, Modele(_S.INSCRIT, _D.VALIDE)),
    (2, Modele(_S.REFUSE, _D.REFUSE)),
    (1, Modele(_S.AJOURNE, _D.AJOURNE)),
    (1, Modele(_S.RETIRE)),
    (2, Modele(_S.BROUILLON)),
)
SEUL = (Modele(_S.DEPOSE),)  # copied one by one, to come to the exact number


@dataclass
class Famille:
    """Models made together, and the steps they were made in: from ``moment`` on, rows move by so many days in a copy."""

    projets: list[Projet] = field(default_factory=list)
    jalons: list[tuple[datetime, int]] = field(default_factory=list)
    fin: datetime | None = None

    def jalon(self, jours: int) -> None:
        self.jalons.append((timezone.now(), jours))


@dataclass
class Atelier:
    """What the making of models needs: the call, the accounts of the roles, the example files, one cité of porteurs."""

    appel: Appel
    agents: Agents
    cite: int
    modeles: dict[str, tuple[str, bytes, Dossier]]
    porteurs: list[Utilisateur]
    personnes: dict[str, tuple[int, int]] = field(default_factory=dict)  # keys of their rows, by table
    fichiers: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def ouvrir(cls, appel: Appel, agents: Agents, cite: int, mot_de_passe: str | None) -> "Atelier":
        porteurs = []
        chiffre = make_password(mot_de_passe)  # once for all of them: it takes a fifth of a second, on purpose
        for rang in range(len(STRUCTURES)):
            qui = identite(cite, rang)
            compte = Utilisateur.objects.create(
                email=qui.porteur_courriel, password=chiffre, nom=f"Porteur : {qui.structure_nom}"
            )
            EmailAddress.objects.create(user=compte, email=compte.email, verified=True, primary=True)
            porteurs.append(compte)
        return cls(appel, agents, cite, exemples(appel.referentiel()), porteurs)

    def jouer(self, modeles: tuple[Modele, ...], etapes: tuple[int, ...], annee: int) -> Famille:
        """Plays a family whose budgets begin in the civil year ``annee``; ``etapes`` are the days of its seven steps."""
        famille = Famille()
        debut, instruction, avis, inscription, seance, bilan, cloture = etapes
        paires = []
        famille.jalon(debut)
        for ordre, modele in enumerate(modeles):
            projet = self._brouillon(ordre, annee)
            famille.projets.append(projet)
            paires.append((modele, projet))
            if modele.statut is not Statut.BROUILLON:
                executer(projet, Action.DEPOSER, par=projet.porteur)
        famille.jalon(instruction)
        self._instruire(paires)
        famille.jalon(avis)
        for modele, projet in paires:
            if projet.statut == Statut.AVIS_IEN and modele.statut is not Statut.AVIS_IEN:
                sens = (SensAvis.RESERVE, "À revoir avec l’équipe.") if modele.reserve else (SensAvis.FAVORABLE, "")
                rendre_les_avis(projet, self.agents, *sens)
        famille.jalon(inscription)
        ouvertes = self._inscrire(paires)
        famille.jalon(seance)
        self._decider(paires, *ouvertes)
        famille.jalon(bilan)
        self._rendre_les_bilans(paires)
        famille.jalon(cloture)
        self._clore(paires)
        famille.fin = timezone.now()
        return famille

    def _brouillon(self, ordre: int, annee: int) -> Projet:
        rang = ordre % len(STRUCTURES)
        mot = _EXEMPLES[(ordre // 2) % len(_EXEMPLES)]
        nom, _, dossier = self.modeles[mot]
        referentiel = self.appel.referentiel()
        objectifs, parcours = referentiel.listes["objectifs"], referentiel.listes["parcours"]
        principal = objectifs[ordre * 5 % len(objectifs)].code
        secondaires = tuple(o for o in dossier.objectifs_secondaires if o != principal)
        dossier = decaler(dossier, annee - (dossier.annee or annee)).remplacer(
            titre=f"{dossier.titre} – {variante(self.cite, ordre)}",
            objectif_principal=principal,
            objectifs_secondaires=secondaires,
            parcours=(parcours[ordre % len(parcours)].code,),
            structure_uai="",
            **dataclasses.asdict(identite(self.cite, rang)),
        )
        dossier = normaliser(dossier)
        porteur = self.porteurs[rang]
        projet = Projet(appel=self.appel, porteur=porteur)
        enregistrer(projet, dossier)
        if mot not in self.fichiers:  # half the time of a model: those of one example share their file's bytes
            self.fichiers[mot] = ecrire(dossier, referentiel)
        projet.garder_piece(GenrePiece.DOSSIER, nom, self.fichiers[mot], porteur)
        return projet

    def _instruire(self, paires: list[tuple[Modele, Projet]]) -> None:
        questions = {"indicateurs": "Ajoutez un indicateur que l’on pourra compter."}
        for modele, projet in paires:
            coordination = self.agents(projet.coordination)
            if modele.statut is Statut.RETIRE:
                executer(projet, Action.RETIRER, par=projet.porteur, motif="Nous le présenterons l’an prochain.")
            if modele.complements or modele.statut is Statut.A_COMPLETER:
                executer(projet, Action.DEMANDER_COMPLEMENTS, par=coordination, champs=questions)
            if modele.complements:
                executer(projet, Action.DEPOSER, par=projet.porteur)
            if modele.statut not in (Statut.BROUILLON, Statut.DEPOSE, Statut.A_COMPLETER, Statut.RETIRE):
                executer(projet, Action.DECLARER_COMPLET, par=coordination)

    def _inscrire(self, paires: list[tuple[Modele, Projet]]) -> tuple[SeanceTroika, SeanceTroika]:
        """The meeting that is published and the one to come; either may stay without anything on its agenda."""
        jour = timezone.localtime().replace(hour=14, minute=0, second=0, microsecond=0)
        passee, prochaine = (
            SeanceTroika.objects.create(appel=self.appel, date=jour + timedelta(days=jours), lieu="Hôtel de ville")
            for jours in (0, 10)
        )
        for modele, projet in paires:
            if projet.statut == Statut.PRET and modele.statut is not Statut.PRET:
                seance = prochaine if modele.statut is Statut.INSCRIT else passee
                executer(projet, Action.INSCRIRE, par=self.agents(projet.coordination), seance=seance)
        return passee, prochaine

    def _decider(self, paires: list[tuple[Modele, Projet]], passee: SeanceTroika, prochaine: SeanceTroika) -> None:
        for rang, (modele, projet) in enumerate(_a_l_ordre_du_jour(paires)):
            noter(projet, self.agents, "Projet attendu par les écoles du secteur. À suivre avec la ville.")
            if modele.sens:
                montants = _montants(projet, Decimal(10 - rang % 4) / 10) if modele.sens.accorde else {}
                decider(projet, self.agents, modele.sens, montants=montants, justification_depassement=JUSTIFICATION)
        for seance in (passee, prochaine):
            if not seance.points.exists():
                seance.delete()
        if passee.pk:
            tenir_la_feuille(passee, self.agents)
            publier_seance(passee, par=self.agents(Role.COORDINATEUR_VILLE))

    def _rendre_les_bilans(self, paires: list[tuple[Modele, Projet]]) -> None:
        for rang, (modele, projet) in enumerate(paires):
            projet.refresh_from_db()
            if modele.bilan:
                taux = Decimal("0.9") if rang % 3 == 0 else Decimal(1)
                exercices = projet.exercices.all() if modele.statut is Statut.CLOS else projet.exercices.all()[:1]
                for exercice in exercices:
                    remettre_bilan(exercice, taux=taux)

    def _clore(self, paires: list[tuple[Modele, Projet]]) -> None:
        for modele, projet in paires:
            coordination = self.agents(projet.coordination)
            if modele.bilan == "accepte":
                for exercice in projet.exercices.filter(bilan__isnull=False).select_related("bilan"):
                    bilans.accepter(exercice.bilan, par=coordination)
            if modele.statut is Statut.CLOS:
                executer(projet, Action.CLORE, par=coordination)


def _a_l_ordre_du_jour(paires: list[tuple[Modele, Projet]]) -> Iterator[tuple[Modele, Projet]]:
    return ((modele, projet) for modele, projet in paires if projet.statut == Statut.INSCRIT)


def _montants(projet: Projet, part: Decimal) -> dict[tuple[int, Financeur], Decimal]:
    """Whole euros: half by the State, the rest by the town."""
    montants = {}
    for exercice in projet.exercices.all():
        total = (exercice.montant_demande * part).to_integral_value()
        etat = (total / 2).to_integral_value()
        montants[exercice.annee, Financeur.ETAT] = etat
        montants[exercice.annee, Financeur.VILLE] = min(total, exercice.montant_demande) - etat
    return montants
