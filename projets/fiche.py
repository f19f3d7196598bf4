"""What one reader sees of one project: the parts of its page, decided by right. Reads, never writes.

Three readers: the porteur; the services (everything); the authority asked for an opinion (the school-time part only). A
part that is not for the reader is empty here, so that templates have nothing to hide.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cite_educative.preparees import Objets
from correspondants.models import Utilisateur

from .boutons import BilanDu, Bouton, Lecteur, boutons, boutons_de_bilan, boutons_de_budget, lecteur_de
from .budget import TableauSynthese, syntheses, tabuler
from .chronologie import Etape, chronologie
from .constats import Constat, Gravite
from .dossier import SECTIONS, TEMPS_SCOLAIRE, Dossier, question, questions_de_section
from .enums import Financeur, Statut, StatutBilan
from .liens_signes import masquer
from .mentions import eclaircir
from .messagerie import Fil, fils
from .models import Courriel, Decision, Depot, Lettre, MontantAccorde, Passage, Piece, PointOrdreDuJour, Projet
from .permissions import peut_relire_complements, peut_renvoyer, peut_voir_deliberations, peut_voir_piece
from .presentation import Reponse, presenter, reponse
from .questionnaire import Referentiel
from .reconduction import Lignee, lignee
from .regles import constater
from .suivi_avis import AvisLu, avis_lus
from .suivi_financier import exercices_suivis
from .suivi_porteur import SituationDetaillee, detailler
from .versions import Complements, Version, complements, versions

_JAMAIS = datetime.min.replace(tzinfo=UTC)


def _courriels_du_projet(projet: int) -> QuerySet[Courriel]:
    siens = Courriel.objects.filter(projet=projet).select_related("recapitulatif")
    return siens.defer("html", "recapitulatif__html").order_by("-pk")


# What the page reads of a project, written once per process: the queries of a page cost more to write than to run.
_DEPOTS = Objets(lambda projet: Depot.objects.filter(projet=projet).select_related("piece").order_by("rang"), 1)
_PASSAGES = Objets(lambda projet: Passage.objects.filter(projet=projet).select_related("par").order_by("pk"), 1)
_POINTS = Objets(lambda projet: PointOrdreDuJour.objects.filter(projet=projet).select_related("seance", "decision"), 1)
_PIECES = Objets(
    lambda projet: Piece.objects.filter(projet=projet).select_related("exercice__bilan").order_by("-pk"), 1
)
_COURRIELS = Objets(_courriels_du_projet, 1)
_LETTRES = Objets(  # of the published decisions, the last first; their text is not read
    lambda projet: (
        Lettre.objects.publiees().filter(decision__point__projet=projet).defer("donnees").order_by("-creee_le", "-pk")
    ),
    1,
)
_MONTANTS = Objets(lambda projet: MontantAccorde.objects.publies().filter(exercice__projet=projet), 1)


@dataclass(frozen=True)
class SectionFiche:
    code: str
    titre: str
    reponses: tuple[Reponse, ...]
    sans_reponse: tuple[str, ...]


@dataclass(frozen=True)
class LignePassage:
    """One line of the journal, as the page of a project shows it: it never changes, so it is drawn once."""

    gabarit: ClassVar[str] = "projets/projet/_passage.html"
    action: str
    le: datetime
    auteur: str
    origine: str
    statut: str
    motif: str
    mention: str

    @classmethod
    def de(cls, passage: Passage) -> "LignePassage":
        action, statut, origine = (
            passage.get_action_display(),
            passage.get_vers_display(),
            passage.get_voie_display(),
        )
        return cls(action, passage.le, passage.auteur, origine, statut, passage.motif, passage.mention)


@dataclass(frozen=True)
class AnneeBudget:
    """One civil year: euros asked and granted, and granted by each funder in the order of ``Argent.financeurs``."""

    annee: int
    demande: Decimal
    par_financeur: tuple[Decimal | None, ...]
    accorde: Decimal | None


@dataclass(frozen=True)
class Argent:
    financeurs: tuple[str, ...]
    annees: tuple[AnneeBudget, ...]
    total: AnneeBudget | None


@dataclass(frozen=True)
class Fiche:
    lecteur: Lecteur
    titre: str
    boutons: tuple[Bouton, ...]
    etapes: tuple[Etape, ...]
    sections: tuple[SectionFiche, ...]
    situation: SituationDetaillee | None = None  # for the porteur
    complements: tuple[Complements, ...] = ()
    relit_complements: bool = False  # may close the questions answered, and point at others
    avis: tuple[AvisLu, ...] = ()
    decision: Decision | None = None
    lettres: tuple[Lettre, ...] = ()  # the last first
    seance: PointOrdreDuJour | None = None
    argent: Argent | None = None
    budget: TableauSynthese | None = None
    bilans: tuple[BilanDu, ...] = ()
    reconduction: Lignee | None = None
    constats: tuple[Constat, ...] = ()
    versions: tuple[Version, ...] = ()
    pieces: tuple[Piece, ...] = ()
    courriels: tuple[Courriel, ...] = ()
    renvoi_possible: bool = False
    journal: tuple[LignePassage, ...] = ()
    fils: tuple[Fil, ...] = ()
    en_reprise: bool = False
    telechargements: bool = False
    contact: dict[str, str] = field(default_factory=dict)

    @property
    def possibles(self) -> list[Bouton]:
        return [bouton for bouton in self.boutons if not bouton.obstacles]

    @property
    def empeches(self) -> list[Bouton]:
        return [bouton for bouton in self.boutons if bouton.obstacles]

    @property
    def messages_nouveaux(self) -> int:
        return sum(fil.nouveaux for fil in self.fils)

    @property
    def pour_porteur(self) -> bool:
        return self.lecteur is Lecteur.PORTEUR

    @property
    def pour_collegue(self) -> bool:
        return self.lecteur is Lecteur.COLLEGUE

    @property
    def pour_services(self) -> bool:
        return self.lecteur is Lecteur.SERVICES


def composer(projet: Projet, acteur: Utilisateur) -> Fiche:
    """The page of one project for one person, who must already have found it through ``visibles_par``."""
    lecteur, referentiel = lecteur_de(acteur, projet), projet.appel.referentiel()
    depots = _DEPOTS.lire(projet.pk, projet=projet)
    dossier = _dossier_lu(projet, lecteur, depots)
    bilans = () if lecteur is Lecteur.AUTORITE else _bilans(projet, lecteur)
    services = peut_voir_deliberations(acteur, projet)
    passages = _PASSAGES.lire(projet.pk, projet=projet)
    courriels = () if lecteur is Lecteur.AUTORITE else tuple(_courriels(projet, acteur, services))
    etapes = chronologie(projet, acteur, passages=passages)
    situation = detailler(projet, etapes) if lecteur is Lecteur.PORTEUR else None
    commun = {
        "lecteur": lecteur,
        "titre": dossier.titre or projet.titre,
        "boutons": _sans_doublon(
            (
                *boutons_de_budget(projet, lecteur),
                *boutons(projet, acteur, lecteur),
                *boutons_de_bilan(bilans, projet, acteur, lecteur),
            ),
            situation,
        ),
        "etapes": etapes,
        "situation": situation,
        "avis": avis_lus(projet, acteur, courriels[::-1] if services else None),
    }
    if lecteur is Lecteur.AUTORITE:
        return Fiche(**commun, sections=_partie_scolaire(_ce_qui_est_demande(projet, dossier, acteur), referentiel))
    points = _POINTS.lire(projet.pk, projet=projet)
    decision = _decision_publiee(points)
    return Fiche(
        **commun,
        sections=_sections(dossier, referentiel),
        complements=complements(projet, depots, referentiel, en_cours=lecteur is Lecteur.PORTEUR),
        relit_complements=peut_relire_complements(acteur, projet),
        decision=decision,
        lettres=tuple(_LETTRES.lire(projet.pk)) if decision else (),
        seance=next((point for point in points if point.seance.publiee_le is None), None) if services else None,
        argent=_argent(projet, decidee=decision is not None),
        budget=_budget(dossier),
        bilans=bilans,
        reconduction=lignee(projet, acteur),
        constats=_constats(dossier, referentiel) if services else (),
        versions=versions(depots, referentiel),
        pieces=tuple(piece for piece in _PIECES.lire(projet.pk, projet=projet) if peut_voir_piece(acteur, piece)),
        courriels=courriels,
        renvoi_possible=peut_renvoyer(acteur, projet),
        journal=tuple(map(LignePassage.de, eclaircir(reversed(passages)))) if services else (),
        fils=fils(projet, acteur),
        en_reprise=services and projet.statut in (Statut.A_COMPLETER, Statut.AJOURNE),
        telechargements=True,
        contact={
            "nom": dossier.porteur_nom,
            "courriel": dossier.porteur_courriel,
            "telephone": dossier.porteur_telephone,
            # The file keeps the name it was deposited with; the project may have been handed over since.
            "compte": _autre_adresse(projet, dossier),
        },
    )


def composer_pour_collegue(projet: Projet, lecteur: Utilisateur) -> Fiche:
    """A project of one's structure that somebody else carries: what was deposited, decided and granted. Nothing to do there,
    neither the exchanges nor the files. The caller found it through ``membres.projets_de_la_structure``."""
    referentiel, dossier = projet.appel.referentiel(), projet.contenu_depose
    return Fiche(
        Lecteur.COLLEGUE,
        dossier.titre or projet.titre,
        (),
        chronologie(projet, lecteur, entier=True),
        _sections(dossier, referentiel),
        decision=(decision := _decision_publiee(_POINTS.lire(projet.pk, projet=projet))),
        argent=_argent(projet, decidee=decision is not None),
        budget=_budget(dossier),
        bilans=tuple(replace(bilan, url="") for bilan in _bilans(projet, Lecteur.COLLEGUE)),
    )


def _sans_doublon(possibles: tuple[Bouton, ...], situation: SituationDetaillee | None) -> tuple[Bouton, ...]:
    """What is expected of the porteur has its button at the head of the page already."""
    deja = {chose.url for chose in situation.a_faire} if situation else set()
    return tuple(bouton for bouton in possibles if not {bouton.url, f"{bouton.url}modifier/"} & deja)


def _autre_adresse(projet: Projet, dossier: Dossier) -> str:
    """The address of the account that carries the project, when it is not the one written in the file."""
    compte = projet.porteur.email if projet.porteur else ""
    return compte if compte.lower() != dossier.porteur_courriel.lower() else ""


def _dossier_lu(projet: Projet, lecteur: Lecteur, depots: list[Depot]) -> Dossier:
    """The porteur reads what is being written; everybody else, what was deposited."""
    if lecteur is Lecteur.PORTEUR or not depots:
        return projet.contenu
    return depots[-1].dossier


# --- the file itself ------------------------------------------------------------------------------------------------


def _sections(dossier: Dossier, referentiel: Referentiel) -> tuple[SectionFiche, ...]:
    return tuple(
        SectionFiche(
            section.code,
            section.titre,
            tuple(r for r in section.reponses if not r.est_vide),
            tuple(r.question.libelle for r in section.reponses if r.est_vide),
        )
        for section in presenter(dossier, referentiel)
    )


def _ce_qui_est_demande(projet: Projet, dossier: Dossier, acteur: Utilisateur) -> Dossier:
    """The file with the school-time interventions that this authority was asked about, and no other's."""
    demandes = projet.avis_ien.en_vigueur().visibles_par(acteur)
    siennes = {
        (une["intitule"], une["debut"], une["nom_etablissement"], une["classe"])
        for avis in demandes
        for une in avis.partie
    }
    gardees = tuple(
        prevue
        for prevue in dossier.interventions
        if (prevue.intitule, prevue.debut and str(prevue.debut), prevue.etablissement, prevue.classe) in siennes
    )
    return dossier.remplacer(interventions=gardees)


_POUR_AUTORITE = ("structure_nom", "structure_nature", "structure_commune", "titre", "date_debut", "date_fin")


def _partie_scolaire(dossier: Dossier, referentiel: Referentiel) -> tuple[SectionFiche, ...]:
    """Who, what it serves, and the interventions in school time: neither the money nor the rest of the file."""
    scolaires = tuple(prevue for prevue in dossier.interventions if prevue.temps == TEMPS_SCOLAIRE)
    dossier = dossier.remplacer(interventions=scolaires)
    titres = {section.code: section.titre.partition(". ")[2] for section in SECTIONS}
    parties = (
        ("projet", titres["projet"], _POUR_AUTORITE),
        ("objectifs", titres["objectifs"], tuple(q.identifiant for q in questions_de_section("objectifs"))),
        ("calendrier", "Les interventions sur le temps scolaire", ("interventions",)),
    )
    return tuple(
        SectionFiche(code, titre, tuple(r for r in reponses if not r.est_vide), ())
        for code, titre, champs in parties
        for reponses in [[reponse(dossier, question(champ), referentiel) for champ in champs]]
    )


_ORDRE_GRAVITE = list(Gravite)


def _constats(dossier: Dossier, referentiel: Referentiel) -> tuple[Constat, ...]:
    return tuple(sorted(constater(dossier, referentiel), key=lambda c: _ORDRE_GRAVITE.index(c.gravite)))


# --- instruction ----------------------------------------------------------------------------------------------------


def _decision_publiee(points: list[PointOrdreDuJour]) -> Decision | None:
    """The last published decision; a pending one is nowhere on this page."""
    publiees = [point.decision for point in points if hasattr(point, "decision") and point.decision.publiee]
    return max(publiees, key=lambda une: (une.point.seance.publiee_le or _JAMAIS, une.pk), default=None)


def _budget(dossier: Dossier) -> TableauSynthese | None:
    synthese = tabuler(syntheses(dossier))
    return None if synthese.est_vide else synthese


def _argent(projet: Projet, *, decidee: bool) -> Argent:
    """Euros asked and granted per civil year; granted by published decisions only, if there is one (``decidee``)."""
    accordes: dict[tuple[int, str], Decimal] = {}
    exercices = exercices_suivis(projet)
    annees_de = {exercice.pk: exercice.annee for exercice in exercices}
    montants = _MONTANTS.lire(projet.pk) if decidee else ()
    for montant in montants:
        cle = (annees_de[montant.exercice_id], montant.financeur)
        accordes[cle] = accordes.get(cle, Decimal(0)) + montant.montant
    financeurs = [financeur for financeur in Financeur if any(f == financeur for _, f in accordes)]
    annees = tuple(
        _annee(exercice.annee, exercice.montant_demande, [accordes.get((exercice.annee, f)) for f in financeurs])
        for exercice in exercices
    )
    total = None
    if len(annees) > 1:
        parts = zip(*(annee.par_financeur for annee in annees), strict=True)
        colonnes = [sum((montant or Decimal(0) for montant in colonne), Decimal(0)) for colonne in parts]
        total = _annee(0, sum((a.demande for a in annees), Decimal(0)), colonnes)
    return Argent(tuple(f.label for f in financeurs), annees, total)


def _annee(annee: int, demande: Decimal, par_financeur: list[Decimal | None]) -> AnneeBudget:
    accorde = sum((montant or Decimal(0) for montant in par_financeur), Decimal(0)) if par_financeur else None
    return AnneeBudget(annee, demande, tuple(par_financeur), accorde)


_TONS_BILAN = {
    StatutBilan.BROUILLON: "info",
    StatutBilan.DEPOSE: "prune",
    StatutBilan.A_COMPLETER: "attente",
    StatutBilan.ACCEPTE: "succes",
}


def _bilans(projet: Projet, lecteur: Lecteur) -> tuple[BilanDu, ...]:
    """Bilans due, by civil year; what the porteur is still writing is « attendu » for the services."""
    liste = []
    for exercice in exercices_suivis(projet):
        if not exercice.accorde:
            continue
        bilan = getattr(exercice, "bilan", None)
        if bilan and lecteur is not Lecteur.PORTEUR and not bilan.depose_le:
            bilan = None
        if bilan:
            code, statut, ton = bilan.statut, bilan.get_statut_display(), _TONS_BILAN[StatutBilan(bilan.statut)]
        elif exercice.echeance_bilan < timezone.localdate():
            code, statut, ton = "", "En retard", "alerte"
        else:
            code, statut, ton = "", "Attendu", "neutre"
        lisible = bilan or lecteur is Lecteur.PORTEUR
        url = reverse("bilan", args=[projet.numero, exercice.annee]) if lisible else ""
        genre = exercice.genre_bilan.label
        liste.append(BilanDu(exercice.annee, genre, exercice.echeance_bilan, code, statut, ton, url))
    return tuple(liste)


def _courriels(projet: Projet, acteur: Utilisateur, services: bool) -> Iterable[Courriel]:
    """Mails of the project: all for the services, one's own for the porteur. Signed links stay with their recipient."""
    if services:
        courriels = _COURRIELS.lire(projet.pk, projet=projet)
    else:
        siens = _courriels_du_projet(projet.pk).filter(pour_services=False, destinataire__iexact=acteur.email)
        courriels = list(siens)
    for courriel in courriels:
        courriel.texte = masquer(courriel.texte, "… (lien personnel, masqué)")
        yield courriel
