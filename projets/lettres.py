"""The letters that a publication writes: what each says, made once from the decision and the wording of the call.

``ecrire`` keeps a letter in the transaction of the publication; ``apercu`` reads the same words before it. Drawing them is
for ``documents.lettre``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db.models import Count, prefetch_related_objects
from django.utils import timezone

from correspondants.enums import COORDINATEURS
from correspondants.models import Correspondant

from .blocs import Bloc, Liste, Paragraphe, depuis_json, en_tuple, nettoyer, paragraphes, tableau, vers_json
from .dossier import Dossier
from .enums import SensDecision
from .lettres_types import MODELES, RECOURS
from .models import Appel, Decision, Lettre, ModeleLettre, MontantAccorde, PapierEnTete, Projet, SeanceTroika
from .mots_cles import bloc_seul, remplacer
from .permissions import Acteur, peut_voir_deliberations
from .valeurs import date_longue, euros

SANS_REFERENCE = "(donnée à la publication)"


@dataclass(frozen=True)
class Papeterie:
    """Everything the letters of a call share, read once for a whole meeting (three queries)."""

    appel: Appel
    papier: PapierEnTete
    modeles: dict[str, tuple[str, str]]
    suivi: dict[str, tuple[str, ...]]  # coordination -> who follows its projects
    ecrites: dict[int, int] | None = None  # project -> how many letters it has; None: asked for each

    @classmethod
    def de(cls, appel: Appel, projets: Iterable[int] | None = None) -> Self:
        """``projets``: those that letters are about to be written to, held by the caller (one query more)."""
        modeles = {m.sens: (m.objet, m.corps) for m in ModeleLettre.objects.filter(appel=appel)}
        suivi: dict[str, list[str]] = defaultdict(list)
        for personne in Correspondant.objects.annuaire():
            for habilitation in personne.habilitations.all():
                if habilitation.role in COORDINATEURS:
                    suivi[habilitation.role].append(", ".join(filter(None, (str(personne), personne.courriel))))
        papier = PapierEnTete.objects.filter(appel=appel).first() or PapierEnTete(appel=appel)
        ecrites = None
        if projets is not None:
            siennes = Lettre.objects.filter(decision__point__projet__in=projets).order_by()
            ecrites = dict(siennes.values_list("decision__point__projet").annotate(nombre=Count("pk")))
        suivis = {role: tuple(noms) for role, noms in suivi.items()}
        return cls(appel, papier, {**MODELES, **modeles}, suivis, ecrites)

    def deja_ecrites(self, projet: Projet) -> int:
        if self.ecrites is None:
            return Lettre.objects.filter(decision__point__projet=projet).count()
        return self.ecrites.get(projet.pk, 0)


@dataclass(frozen=True)
class Courrier:
    """One letter, word for word."""

    reference: str
    sens: str
    jour: date
    lieu: str
    cite: str
    institutions: tuple[str, ...]
    expediteur: tuple[str, ...]
    mentions: tuple[tuple[str, str], ...]
    destinataire: tuple[str, ...]
    objet: str
    corps: tuple[Bloc, ...]
    signataires: tuple[str, ...]
    recours: tuple[Bloc, ...]

    def __post_init__(self) -> None:
        nettoyer(self)

    @property
    def lieu_et_date(self) -> str:
        jour = f"le {date_longue(self.jour)}"
        return f"{self.lieu}, {jour}" if self.lieu else f"{jour[0].upper()}{jour[1:]}"

    @property
    def titre(self) -> str:
        return f"Lettre {self.reference} : {self.objet}"

    def vers_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "jour": self.jour.isoformat(),
            "corps": vers_json(self.corps),
            "recours": vers_json(self.recours),
        }

    @classmethod
    def depuis_json(cls, donnees: dict[str, Any]) -> Self:
        simples = {cle: en_tuple(valeur) for cle, valeur in donnees.items()}
        return cls(
            **simples
            | {
                "jour": date.fromisoformat(donnees["jour"]),
                "corps": depuis_json(donnees["corps"]),
                "recours": depuis_json(donnees["recours"]),
            }
        )


def ecrire(projet: Projet, decision: Decision, papeterie: Papeterie) -> Lettre:
    """Keeps the letter of a decision that is being published, under the next reference of its project.

    In the caller's transaction, which holds the project: two letters never take the same reference.
    """
    rang = papeterie.deja_ecrites(projet) + 1
    reference = f"{projet.numero}-L{rang}"
    courrier = replace(apercu(projet, decision, papeterie), reference=reference)
    mentions = tuple((nom, reference if nom == "Nos références" else valeur) for nom, valeur in courrier.mentions)
    return Lettre.objects.create(
        decision=decision, reference=reference, donnees=replace(courrier, mentions=mentions).vers_json()
    )


def apercus(seance: SeanceTroika, lecteur: Acteur, point: int | None = None) -> list[Courrier]:
    """The letters of a meeting that is not published, in the order of its agenda; of one ``point`` if it is told.

    Never that of a project the reader carries: its decision is not for them yet.
    """
    points = (
        seance.points.exclude(decision=None)
        .select_related("projet__appel", "decision", "seance")
        .prefetch_related("projet__exercices", "decision__montants__exercice__bilan")
    )
    if point is not None:
        points = points.filter(pk=point)
    papeterie = Papeterie.de(seance.appel)
    return [apercu(p.projet, p.decision, papeterie) for p in points if peut_voir_deliberations(lecteur, p.projet)]


def apercu(projet: Projet, decision: Decision, papeterie: Papeterie) -> Courrier:
    """The letter as it would be written today, without its reference."""
    papier, dossier = papeterie.papier, projet.contenu
    objet, corps = papeterie.modeles[decision.sens]
    prefetch_related_objects([decision], "montants__exercice__bilan")
    montants = list(decision.montants.all())
    mots = _mots(projet, decision, montants)
    blocs = {
        "montants": list(_montants(dossier, montants)),
        "obligations": [Liste(tuple(_obligations(papeterie.appel, projet, decision, montants)))],
        "reserves": list(paragraphes(decision.reserves, ton="citation")),
        "motif": list(
            paragraphes(decision.motif, _ETIQUETTE_MOTIF if SensDecision(decision.sens).accorde else "", "citation")
        ),
    }
    return Courrier(
        reference=SANS_REFERENCE,
        sens=decision.sens,
        jour=timezone.localdate(),
        lieu=papier.lieu or papeterie.appel.commune,
        cite=papeterie.appel.cite,
        institutions=tuple(papier.institutions.splitlines()),
        expediteur=(*papier.adresse.splitlines(), *papier.contact.splitlines()),
        mentions=tuple(_mentions(projet, papeterie)),
        destinataire=tuple(destinataire_de(dossier)),
        objet=remplacer(objet, mots),
        corps=tuple(_corps(corps, mots, blocs)),
        signataires=tuple(papier.signataires),
        recours=tuple(_corps(papier.recours or RECOURS, {}, {}))
        if _peut_etre_contestee(dossier, decision, montants)
        else (),
    )


_ETIQUETTE_MOTIF = "Observation de la troïka :"


def _mots(projet: Projet, decision: Decision, montants: list[MontantAccorde]) -> dict[str, str]:
    dossier = projet.contenu
    return {
        "titre": " ".join(dossier.titre.split()) or "Projet sans titre",
        "numero": projet.numero or "",
        "structure": dossier.structure_nom,
        "cite": projet.appel.cite,
        "date_seance": date_longue(timezone.localtime(decision.point.seance.date).date()),
        "lien": settings.URL_PUBLIQUE.rstrip("/") + projet.get_absolute_url(),
        "total_demande": euros(_demande(dossier)),
        "total_accorde": euros(_accorde(montants)),
    }


def _demande(dossier: Dossier) -> Decimal:
    return sum((dossier.montant_demande(annee) for annee in dossier.annees), Decimal(0))


def _accorde(montants: Iterable[MontantAccorde]) -> Decimal:
    return sum((montant.montant for montant in montants), Decimal(0))


def _mentions(projet: Projet, papeterie: Papeterie) -> Iterator[tuple[str, str]]:
    yield "Nos références", SANS_REFERENCE
    yield "Projet", projet.numero or ""
    suivi = papeterie.suivi.get(projet.coordination, ())
    if suivi:
        yield "Affaire suivie par", " ; ".join(suivi)


def destinataire_de(dossier: Dossier) -> Iterator[str]:
    """The lines of the address of a porteur."""
    yield dossier.structure_nom
    nom, fonction = dossier.representant_nom, dossier.representant_fonction
    if not nom:
        nom, fonction = dossier.porteur_nom, dossier.porteur_fonction
    if nom:
        yield f"À l’attention de {nom}" + (f", {fonction}" if fonction else "")
    if dossier.structure_adresse:
        yield dossier.structure_adresse
    if commune := f"{dossier.structure_code_postal} {dossier.structure_commune}".strip():
        yield commune


def _corps(texte: str, mots: dict[str, str], blocs: dict[str, list[Bloc]]) -> Iterator[Bloc]:
    """The paragraphs of a wording, its words replaced; lines that begin with a dash become one list."""
    points: list[str] = []
    for ligne in (*texte.splitlines(), ""):
        if ligne.lstrip().startswith(("- ", "– ")):
            points.append(remplacer(ligne.strip()[2:], mots))
            continue
        if points:
            yield Liste(tuple(points))
            points = []
        if bloc := bloc_seul(ligne):
            yield from blocs.get(bloc, ())
        elif ligne.strip():
            yield Paragraphe(remplacer(ligne, mots))


def _montants(dossier: Dossier, montants: list[MontantAccorde]) -> Iterator[Bloc]:
    """One row per civil year and funder; a total as soon as there are two."""
    if not _accorde(montants):
        yield Paragraphe("Aucun montant n’est accordé par cette décision.")
        return
    rangees = [
        (str(m.exercice.annee), m.get_financeur_display(), euros(m.montant))
        for m in sorted(montants, key=lambda m: (m.exercice.annee, m.financeur))
        if m.montant
    ]
    plusieurs = len(rangees) > 1
    if plusieurs:
        rangees.append(("Total", "", euros(_accorde(montants))))
    yield tableau(
        "Montants accordés", ("Année civile", "Financeur", "Montant accordé"), rangees, nombres=(2,), parts=(2, 4, 2),
        total=plusieurs,
    )  # fmt: skip
    if _accorde(montants) < (demande := _demande(dossier)):
        yield Paragraphe(f"Vous aviez demandé {euros(demande)}.")


def _obligations(appel: Appel, projet: Projet, decision: Decision, montants: list[MontantAccorde]) -> Iterator[str]:
    """What the porteur has to do, each with its date or its sum."""
    dossier = projet.contenu
    if decision.hors_temps_scolaire:
        yield (
            "réaliser l’action hors du temps scolaire seulement : les interventions prévues sur ce temps n’ont pas reçu "
            "l’avis favorable nécessaire ;"
        )
    if 0 < _accorde(montants) < _demande(dossier):
        yield "adresser à la coordination, avant de commencer, un budget révisé qui tienne compte du montant accordé ;"
    exercices = {m.exercice.annee: m.exercice for m in montants if m.montant}
    for annee, exercice in sorted(exercices.items()):
        exercice.projet = projet
        genre, jour = exercice.genre_bilan.label, date_longue(exercice.echeance_bilan)
        yield f"remettre le {genre[0].lower()}{genre[1:]} de l’année {annee} au plus tard le {jour} ;"
    yield f"ne pas dépasser {euros(appel.plafond_materiel_ht)} HT l’unité pour le matériel acheté ;"
    if appel.logos:
        yield f"faire figurer sur vos supports les logos suivants, et ceux de vos partenaires : {', '.join(appel.logos)} ;"
    yield f"y faire figurer aussi cette phrase : « {appel.phrase_communication} »."


def _peut_etre_contestee(dossier: Dossier, decision: Decision, montants: list[MontantAccorde]) -> bool:
    """Whether the decision gives less than what was asked. An adjournment decides nothing yet."""
    sens = SensDecision(decision.sens)
    if sens.accorde:
        moins = _accorde(montants) < _demande(dossier)
        return moins or decision.hors_temps_scolaire or sens is SensDecision.RESERVES
    return sens is SensDecision.REFUSE
