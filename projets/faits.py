"""What each Exercice counts for in the yearly figures, and under which cells: one place says it, for every kept sum.

Reads projects by a constant number of queries and writes nothing. A change of ``Fait`` or of ``cellules`` comes with a
migration that inserts the mark (tout, 1): sums kept under the old rule are then thrown away and made again.
"""

# ruff: noqa: S608 -- our own tables and columns, never a value

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection

from .dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from .enums import IssueAction, SensVersement, Statut, StatutBilan
from .models import SOMMES, Compte, FaitExercice

VALIDES = (Statut.VALIDE.value, Statut.CLOS.value)
# How much of a Fait goes under each sum; see ``models.cumuls``.
_RANG = {nom: rang for rang, nom in enumerate(SOMMES)}


class Axe:
    """What a cell is about; its ``cle`` is a primary key, a code, or nothing for the projects that have none."""

    TOTAL, APPEL, STATUT, OBJECTIF, SECONDAIRE = "total", "appel", "statut", "objectif", "secondaire"
    PARCOURS, QUARTIER, NIVEAU, ETABLISSEMENT, NATURE = "parcours", "quartier", "niveau", "etablissement", "nature"
    FINANCEUR, DISPOSITIF = "financeur", "dispositif"
    STRUCTURE = "structure"  # of granted projects: one cell each, to be counted
    PUBLICS = "publics"  # people counted by the deposited bilans, of whatever project
    BILAN = "bilan"  # « appel:suivi:état:clos:prolongé au », see ``etat_brut``
    ENVELOPPE = "enveloppe"  # « appel:financeur », of whatever project
    # Of what is granted, by published decisions: nothing, all of it; « financeur », what that one grants; « :financeur », what it
    # grants or paid for all of it. Under no portee but that of every project.
    VERSEMENT = "versement"
    # The same of those in one state of their payment: « état|financeur »; see ``Fait.paiement``.
    PAIEMENT = "paiement"


class Fait(NamedTuple):
    """Amounts in cents. ``depose``: when, in the words of SQLite, or nothing. ``publics``: girls, boys, parents, professionals of
    the bilan once deposited. ``bilan``: the cell of the bilan that is owed, or nothing. ``du``: what is owed back of what was
    paid."""

    annee: int
    appel: int
    statut: str
    depose: str
    thematique: int | None
    objectif: int | None
    nature: str
    structure: int | None
    scolaire: int
    demande: int
    enfants: int
    parents: int
    partenaires: int
    parcours: Sequence[int]
    quartiers: Sequence[int]
    etablissements: Sequence[int]
    niveaux: Sequence[int]
    dispositifs: Sequence[int]
    secondaires: Sequence[int]
    montants: Sequence[Sequence[Any]]  # financeur, granted by published decisions, by pending ones, paid
    justifies: Sequence[Sequence[Any]]  # financeur, granted, to give back (millionths of a euro)
    bilan: str
    publics: Sequence[int]
    depense: int
    du: int = 0
    coordination: str = ""
    reste: int = 0  # still to be paid
    budget: int = 0  # whether its revised budget is awaited

    @property
    def pour_les_listes(self) -> tuple[Any, ...]:
        """What lists find it by, in the order of ``FaitExercice.DES_LISTES``."""
        etat, suivi, renvoye, jusqu_au = "", False, False, None
        if self.bilan:
            _, suit, brut, clos, prolonge = self.bilan.split(":")
            suivi, renvoye = suit == "1", brut == RETOURNE
            etat = DU if brut in (ATTENDU, RETOURNE) else brut
            if etat == DU and clos == "1":  # nobody is asked for it any more
                etat = ""
            jusqu_au = date.fromisoformat(prolonge) if prolonge else None
        return (
            self.annee, self.depose or None, self.appel, etat, suivi, renvoye, jusqu_au, self.coordination, self.statut,
            *(nom in self.paiement for nom in FaitExercice.DES_VERSEMENTS), self.du,
        )  # fmt: skip

    @property
    def paiement(self) -> tuple[str, ...]:
        """Which of ``FaitExercice.DES_VERSEMENTS`` it is: none, when no published decision grants anything."""
        if not any(publie for _, publie, _, _ in self.montants):
            return ()
        etats = (
            "finance",
            "a_payer" if self.reste else "solde",
            "budget" if self.budget else "",
            "a_rendre" if self.du else "",
        )
        return tuple(filter(None, etats))

    @property
    def texte(self) -> str:
        return json.dumps(self, separators=(",", ":"))

    @classmethod
    def lire(cls, texte: str) -> "Fait":
        return cls(*json.loads(texte))


# --- under which cells ------------------------------------------------------------------------------------------------

Cellule = tuple[int, str, str, str]  # annee, portee, axe, cle
Parts = tuple[tuple[int, int], ...]  # rank among SOMMES, amount


def portee_de(thematique: int | None = None, quartier: int | None = None, parcours: int | None = None) -> str:
    """The projects that are looked at: all, of a thématique, of a quartier or of a parcours, of one and the other."""
    lettres = (("t", thematique), ("q", quartier), ("p", parcours))
    return "".join(f"{lettre}{pk}" for lettre, pk in lettres if pk is not None)


def _parts(**sommes: int) -> Parts:
    return tuple((_RANG[nom], valeur) for nom, valeur in sommes.items() if valeur)


def cellules(fait: Fait) -> Iterator[tuple[Cellule, Parts]]:
    """Every cell in which the Exercice counts, and for how much."""
    filtres = [""] if fait.thematique is None else ["", f"t{fait.thematique}"]
    revue = [f"{debut}p{pk}" for debut in filtres for pk in fait.parcours]
    simples = list(filtres)
    filtres += [f"{debut}q{pk}" for debut in simples for pk in fait.quartiers]
    for axe, cle, parts in _par_axe(fait):
        if parts:
            for portee in filtres:
                yield (fait.annee, portee, axe, cle), parts
    for cle, parts in _versements(fait):
        yield (fait.annee, "", Axe.VERSEMENT, cle), parts
        for etat in fait.paiement[1:]:
            yield (fait.annee, "", Axe.PAIEMENT, f"{etat}|{cle}"), parts
    total = _total(fait)
    for portee in (*filtres, *revue) if total else ():
        yield (fait.annee, portee, Axe.TOTAL, ""), total
    if fait.structure and _valide(fait):
        for portee in (*simples, *revue):
            yield (fait.annee, portee, Axe.STRUCTURE, str(fait.structure)), ((_RANG["valides"], 1),)


def _compte(fait: Fait) -> bool:
    return bool(fait.depose) and fait.statut not in (Statut.BROUILLON.value, Statut.RETIRE.value)


def _valide(fait: Fait) -> bool:
    return _compte(fait) and fait.statut in VALIDES


def _rang(fait: Fait) -> dict[str, int]:
    valide = _valide(fait)
    return {
        "projets": 1, "valides": int(valide), "demande": fait.demande, "accorde": sum(m[1] for m in fait.montants),
        "enfants": fait.enfants if valide else 0,
    }  # fmt: skip


def _total(fait: Fait) -> Parts:
    if not _compte(fait):
        return ()
    sommes = _rang(fait) | {"depense": fait.depense}
    if _valide(fait):
        filles, garcons, parents, professionnels = fait.publics or (0, 0, 0, 0)
        sommes |= {
            "parents": fait.parents, "partenaires": fait.partenaires, "en_qpv": int(bool(fait.quartiers)),
            "scolaire": fait.scolaire, "filles": filles, "garcons": garcons, "parents_touches": parents,
            "professionnels": professionnels,
        }  # fmt: skip
    return _parts(**sommes)


def _versements(fait: Fait) -> Iterator[tuple[str, Parts]]:
    if not any(publie for _, publie, _, _ in fait.montants):
        return
    yield "", _parts(projets=1, du=fait.du)
    for financeur, publie, _, paye in fait.montants:
        yield f":{financeur}", _parts(accorde=publie, paye=paye)
        if publie:
            yield financeur, _parts(projets=1, accorde=publie, paye=paye, du=fait.du)


def _par_axe(fait: Fait) -> Iterator[tuple[str, str, Parts]]:
    if fait.depose:
        yield Axe.STATUT, fait.statut, _parts(projets=1)
    if fait.publics:
        filles, garcons, parents, professionnels = fait.publics
        yield (
            Axe.PUBLICS, "",
            _parts(filles=filles, garcons=garcons, parents_touches=parents, professionnels=professionnels),
        )  # fmt: skip
    if fait.bilan:
        yield Axe.BILAN, fait.bilan, _parts(projets=1, accorde=sum(m[1] for m in fait.montants))
    for financeur, publie, attente, paye in fait.montants:
        parts = _parts(accorde=publie, en_attente=attente, paye=paye)
        yield Axe.ENVELOPPE, f"{fait.appel}:{financeur}", parts
    for financeur, accorde, rendu in fait.justifies:
        yield Axe.ENVELOPPE, f"{fait.appel}:{financeur}", _parts(justifiable=accorde, rendu=rendu)
    if not _compte(fait):
        return
    rang = _parts(**_rang(fait))
    yield Axe.APPEL, str(fait.appel), _parts(projets=1)
    yield Axe.OBJECTIF, _texte(fait.objectif), rang
    yield Axe.NATURE, fait.nature, rang
    for axe, cles in (
        (Axe.PARCOURS, fait.parcours), (Axe.QUARTIER, fait.quartiers), (Axe.ETABLISSEMENT, fait.etablissements),
        (Axe.DISPOSITIF, fait.dispositifs),
    ):  # fmt: skip
        for cle in cles or (None,):
            yield axe, _texte(cle), rang
    for niveau in fait.niveaux:
        yield Axe.NIVEAU, str(niveau), rang
    for financeur, publie, _, _ in fait.montants:
        if publie:
            yield Axe.FINANCEUR, financeur, _parts(projets=1, valides=1, accorde=publie)
    if _valide(fait):
        for objectif in fait.secondaires:
            yield Axe.SECONDAIRE, str(objectif), _parts(projets=1)


def _texte(cle: int | None) -> str:
    return "" if cle is None else str(cle)


# --- read from the projects -------------------------------------------------------------------------------------------

_EXERCICES = """
SELECT e.id, e.projet_id, e.annee, CAST(ROUND(e.montant_demande * 100) AS BIGINT), p.appel_id, p.statut,
 p.depose_le, p.coordination, n.thematique_id, p.objectif_principal_id, p.nature, p.structure_id,
 CASE WHEN p.temps_scolaire THEN 1 ELSE 0 END, p.nombre_enfants, p.nombre_parents, p.nombre_partenaires, b.statut,
 CASE WHEN b.motif_retour = '' THEN 0 ELSE 1 END, CAST(b.prolonge_au AS TEXT),
 CASE WHEN b.depose_le IS NULL THEN 0 ELSE 1 END, b.issue, CASE WHEN r.id IS NULL THEN 0 ELSE 1 END,
 CASE WHEN r.confirme_le IS NULL THEN NULL ELSE CAST(ROUND(r.accorde * 100) AS BIGINT) END,
 COALESCE(b.filles, 0), COALESCE(b.garcons, 0), COALESCE(b.parents, 0), COALESCE(b.professionnels, 0)
FROM projets_exercice e JOIN projets_projet p ON p.id = e.projet_id
LEFT JOIN projets_objectif o ON o.id = p.objectif_principal_id LEFT JOIN projets_enjeu n ON n.id = o.enjeu_id
LEFT JOIN projets_bilan b ON b.exercice_id = e.id LEFT JOIN projets_budgetrevise r ON r.exercice_id = e.id
WHERE e.projet_id {ou} ORDER BY e.id
"""
_LIENS = (("parcours", "parcours"), ("quartiers", "quartier"), ("etablissements", "etablissement"),
          ("dispositifs", "dispositif"), ("objectifs_secondaires", "objectif"))  # fmt: skip
_ANCIENS, _MONTANT, _PAYE, _LIGNES, _NIVEAU, _REMIS, _LIEN = -1, -2, -3, -4, -5, -6, 0
# The accounts come last, by a CROSS JOIN: SQLite, which samples its tables, would begin with them and read every line there is.
_MONTANTS = f"""
SELECT {_MONTANT}, m.exercice_id, m.financeur, CASE WHEN d.publiee THEN 1 ELSE 0 END,
 CAST(ROUND(m.montant * 100) AS BIGINT), 0
FROM projets_exercice e JOIN projets_montantaccorde m ON m.exercice_id = e.id
JOIN projets_decision d ON d.id = m.decision_id WHERE e.projet_id {{ou}}
UNION ALL SELECT {_PAYE}, v.exercice_id, v.financeur, 0,
 CAST(ROUND(v.montant * 100) AS BIGINT) * CASE WHEN v.sens = '{SensVersement.REVERSEMENT.value}' THEN -1 ELSE 1 END, 0
FROM projets_exercice e JOIN projets_versement v ON v.exercice_id = e.id
WHERE v.annule_le IS NULL AND e.projet_id {{ou}}
UNION ALL SELECT {_REMIS}, r.exercice_id, '', 0, CAST(ROUND(r.montant_remis * 100) AS BIGINT), 0
FROM projets_exercice e JOIN projets_demandereversement r ON r.exercice_id = e.id
WHERE r.montant_remis IS NOT NULL AND e.projet_id {{ou}}
UNION ALL SELECT {_LIGNES}, e.id, '',
 CAST(SUM(CASE WHEN l.sens = '{Compte.Sens.CHARGE.value}' THEN {{c}} ELSE 0 END) AS BIGINT),
 CAST(SUM(CASE WHEN l.sens = '{Compte.Sens.PRODUIT.value}' AND l.compte_id <> '{COMPTE_DEMANDE}' THEN {{c}} ELSE 0 END) AS BIGINT),
 CAST(SUM(CASE WHEN c.sens = '{Compte.Sens.CHARGE.value}' THEN {{c}} ELSE 0 END) AS BIGINT)
FROM projets_exercice e JOIN projets_bilan b ON b.exercice_id = e.id JOIN projets_lignebilan l ON l.bilan_id = b.id
CROSS JOIN projets_compte c
WHERE c.code = l.compte_id AND l.realise IS NOT NULL AND {{cash}} AND e.projet_id {{ou}} GROUP BY e.id
""".replace("{c}", "CAST(ROUND(l.realise * 100) AS BIGINT)").replace(
    "{cash}", " AND ".join(f"SUBSTR(l.compte_id, 1, {len(c)}) <> '{c}'" for c in CLASSES_VOLONTAIRES)
)
_LIES = " ".join(
    f"UNION ALL SELECT {rang}, l.projet_id, '', l.{autre}_id, 0, 0 FROM projets_projet_{nom} l WHERE l.projet_id {{ou}}"
    for rang, (nom, autre) in enumerate(_LIENS)
)
_NIVEAUX = (
    f"UNION ALL SELECT {_NIVEAU}, l.projet_id, '', t.niveau, 0, 0 FROM projets_projet_etablissements l "
    "JOIN correspondants_etablissement t ON t.id = l.etablissement_id WHERE t.niveau IS NOT NULL AND l.projet_id {ou}"
)
_GARDES = (  # those of these projects, and those of their Exercices that were another's
    f"UNION ALL SELECT {_ANCIENS}, f.exercice, f.contenu, f.projet, 0, 0 FROM projets_faitexercice f WHERE f.projet {{ou}} "
    f"UNION ALL SELECT {_ANCIENS}, f.exercice, f.contenu, f.projet, 0, 0 FROM projets_exercice e "
    "JOIN projets_faitexercice f ON f.exercice = e.id WHERE f.projet <> e.projet_id AND e.projet_id {ou}"
)
_RESTE = f"{_MONTANTS} {_LIES} {_NIVEAUX} {_GARDES}"
_PLACES = _RESTE.count("{ou}")

Lus = tuple[dict[int, tuple[int, str]], dict[int, tuple[int, str]]]  # Exercice -> projet, ``Fait.texte``: kept, and now


def lire_les_faits(ou: str, valeurs: Sequence[Any]) -> Lus:
    """What is kept of the Exercices of some projects, and what they count for now. ``ou``: a condition in SQL on the key of a
    project, with the places of ``valeurs``. Two queries."""
    with connection.cursor() as curseur:
        curseur.execute(_RESTE.replace("{ou}", ou), list(valeurs) * _PLACES)
        reste = curseur.fetchall()
        curseur.execute(_EXERCICES.replace("{ou}", ou), list(valeurs))
        exercices = curseur.fetchall()
    gardes: dict[int, tuple[int, str]] = {}
    liens: dict[tuple[int, int], set[int]] = defaultdict(set)
    montants: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    payes: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    remis: dict[int, int] = defaultdict(int)
    lignes: dict[int, tuple[int, int, int]] = {}
    for quoi, cle, texte, a, b, c in reste:
        if quoi >= _LIEN or quoi == _NIVEAU:
            liens[quoi, cle].add(a)
        elif quoi == _MONTANT:
            montants[cle].append((texte, a, b))
        elif quoi == _PAYE:
            payes[cle][texte] += b
        elif quoi == _REMIS:
            remis[cle] += b
        elif quoi == _LIGNES:
            lignes[cle] = (int(a), int(b), int(c))
        else:
            gardes[cle] = (a, texte)
    dernieres: dict[int, int] = {}
    for ligne in exercices:
        dernieres[ligne[1]] = max(ligne[2], dernieres.get(ligne[1], 0))
    faits = {}
    for ligne in exercices:
        pk, projet, annee = ligne[:3]
        lies = [sorted(liens.get((rang, projet), ())) for rang in (*range(len(_LIENS)), _NIVEAU)]
        suivi = annee < dernieres[projet]
        fait = _composer(
            ligne, lies, montants.get(pk, ()), payes.get(pk, {}), lignes.get(pk, (0, 0, 0)), remis.get(pk, 0), suivi
        )
        faits[pk] = (projet, fait.texte)
    return gardes, faits


def _composer(
    ligne: Sequence[Any], lies: list[list[int]], montants: Sequence[tuple[str, int, int]], payes: dict[str, int],
    rendus: tuple[int, int, int], renonce: int, suivi: bool,
) -> Fait:  # fmt: skip
    (_, _, annee, demande, appel, statut, depose, coordination, thematique, objectif, nature, structure, scolaire, enfants,
     parents, partenaires, bilan, retourne, prolonge, remis, issue, revise, confirme, *publics) = ligne  # fmt: skip
    parcours, quartiers, etablissements, dispositifs, secondaires, niveaux = lies
    par_financeur: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for financeur, publiee, montant in montants:
        par_financeur[financeur][0 if publiee else 1] += montant
    for financeur, paye in payes.items():
        par_financeur[financeur][2] += paye
    accorde = sum(un[0] for un in par_financeur.values())
    charges, autres, depense = rendus
    rendre = {IssueAction.NON_REALISEE.value: accorde, IssueAction.REPORTEE.value: 0}.get(
        issue, min(accorde, max(0, accorde + autres - charges))
    )
    justifies: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for financeur, publiee, montant in montants if bilan == StatutBilan.ACCEPTE.value else ():
        if publiee and montant:
            justifies[financeur][0] += montant
            justifies[financeur][1] += part_a_rendre(rendre, montant, accorde)
    justifie, paye = _justifie(bilan, issue, accorde, charges - autres), sum(un[2] for un in par_financeur.values())
    etat = etat_brut(bilan, bool(retourne))
    clos = int(statut == Statut.CLOS.value)
    jusqu = prolonge or "" if etat in (ATTENDU, RETOURNE) else ""
    return Fait(
        annee, appel, statut, _moment(depose), thematique, objectif, nature, structure, scolaire, int(demande), enfants, parents,
        partenaires, parcours, quartiers, etablissements, niveaux, dispositifs, secondaires,
        [[financeur, *sommes] for financeur, sommes in sorted(par_financeur.items())],
        [[financeur, *sommes] for financeur, sommes in sorted(justifies.items())],
        f"{appel}:{int(suivi)}:{etat}:{clos}:{jusqu}" if accorde else "",
        publics if remis else [], depense if remis else 0,
        max(0, paye - renonce - justifie) if bilan == StatutBilan.ACCEPTE.value else 0, coordination,
        max(0, justifie - paye), int(_budget_attendu(int(demande), accorde, bilan, bool(revise), confirme)),
    )  # fmt: skip


def _moment(lu: datetime | None) -> str:
    """A moment as SQLite writes it down, in universal time: its driver gives it without saying so."""
    if lu is None:
        return ""
    return (lu if lu.tzinfo is None else lu.astimezone(UTC)).strftime("%Y-%m-%d %H:%M:%S.%f")


def _justifie(bilan: str | None, issue: str | None, accorde: int, besoin: int) -> int:
    """What the action needed of the grant, once the bilan is accepted; all of it until then (``suivi_financier.avec_soldes``)."""
    if bilan != StatutBilan.ACCEPTE.value:
        return accorde
    return 0 if issue == IssueAction.NON_REALISEE.value else min(accorde, max(0, besoin))


def _budget_attendu(demande: int, accorde: int, bilan: str | None, revise: bool, confirme: int | None) -> bool:
    """Whether a revised budget is awaited (``suivi_financier.etat_du_budget``); ``confirme``: the grant it was confirmed for."""
    if not accorde or bilan == StatutBilan.ACCEPTE.value or confirme == accorde:
        return False
    return revise or accorde < demande


def part_a_rendre(rendre: int, montant: int, accorde: int) -> int:
    """The part of one grant in what is to give back of all those of an Exercice: cents in, millionths of a euro out. Rounded once,
    in integers: whatever the order in which parts are added up, their sum is the same."""
    return (20_000 * rendre * montant + accorde) // (2 * accorde)


ATTENDU, RETOURNE = "attendu", "retourne"
DU = "du"  # one or the other, of a project that is not closed


def etat_brut(statut: str | None, motive: bool) -> str:
    """What does not change with the day: accepted, deposited, sent back with a reason, or still expected."""
    if statut in (StatutBilan.ACCEPTE.value, StatutBilan.DEPOSE.value):
        return statut
    return RETOURNE if statut == StatutBilan.A_COMPLETER.value and motive else ATTENDU
