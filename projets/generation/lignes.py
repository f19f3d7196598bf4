"""Rows of the copies that have to differ by more than a shift: numbers, titles, contents, people, opinions, journal."""

import dataclasses
import json
import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models

from correspondants.models import Structure, Utilisateur, cle_de_nom

from ..demonstration.scenarios import decaler
from ..dossier import Dossier
from ..models import AvisIEN, DemandeComplements, Depot, Passage, Projet
from ..temps_scolaire import InterventionScolaire, PartieDemandee
from ..valeurs import insecables
from .copie import Calendrier, Lot, Portee, Portees, Rendu, lignes_de, moment_de, moment_ecrit, reculer, rendu
from .ecrivain import est_postgresql, verser
from .empreintes import sceau_de_ligne
from .graphe import Table
from .identites import Identite, identite, variante

PAR_PROJET = (Projet, Depot, DemandeComplements, AvisIEN, Passage)
_CONTENUS = {Projet: "donnees", Depot: "donnees", DemandeComplements: "donnees_avant"}
_CLES = ("titre", "structure_nom", "structure_siret", "structure_rna", "porteur_courriel")


class Numeros:
    """The next number of each year, from what the counters say."""

    def __init__(self, derniers: dict[int, int]) -> None:
        self.derniers = derniers

    def suivant(self, annee: int) -> str:
        self.derniers[annee] = self.derniers.get(annee, 0) + 1
        return f"{annee}-{self.derniers[annee]:04d}"


@dataclass
class _Ligne:
    """One row of a model: its values, and how those that change do."""

    source: dict[str, Any]
    valeurs: list[Any]
    rendus: list[tuple[int, Rendu]]

    def copier(self, lot: Lot) -> list[Any]:
        copie = self.valeurs.copy()
        for rang, rendre in self.rendus:
            copie[rang] = rendre(lot)
        return copie


@dataclass
class _Releve:
    """One table of the models, ready to be copied."""

    table: Table
    lignes: list[_Ligne]
    rangs: dict[str, int]

    @property
    def colonnes(self) -> list[str]:
        return [colonne.nom for colonne in self.table.colonnes]

    @classmethod
    def de(cls, table: Table, portee: Portee, portees: Portees, calendrier: Calendrier) -> "_Releve":
        lignes = []
        for source in lignes_de(table, portee):
            rendus = [
                (rang, rendre)
                for rang, colonne in enumerate(table.colonnes)
                if (rendre := rendu(colonne, source[colonne.nom], portee, portees, calendrier))
            ]
            lignes.append(_Ligne(source, [source[c.nom] for c in table.colonnes], rendus))
        return cls(table, lignes, {colonne.nom: rang for rang, colonne in enumerate(table.colonnes)})


# --- people ---------------------------------------------------------------------------------------------------------


def ecrire_les_cites(tables: list[Table], portees: Portees, calendrier: Calendrier, premiere: int, nombre: int) -> None:
    """Accounts, addresses and structures of ``nombre`` more cités, the first of which is ``premiere`` (from 0)."""
    for table in tables:
        portee = portees[table.nom]
        if not table.par_cite or portee is None:
            continue
        releve = _Releve.de(table, portee, portees, calendrier)
        verser(table.nom, releve.colonnes, _par_cite(releve, premiere, nombre))


def _par_cite(releve: _Releve, premiere: int, nombre: int) -> Iterator[list[Any]]:
    for cite in range(nombre):
        for ligne in releve.lignes:
            qui = identite(premiere + cite, _rang(releve.table.modele, ligne.source))
            copie = ligne.copier(Lot(0, cite, 0, 0, 0))
            for colonne, valeur in _personne(releve.table.modele, qui, copie[releve.rangs["id"]]).items():
                copie[releve.rangs[colonne]] = valeur
            yield copie


def _rang(modele: type[models.Model], ligne: dict[str, Any]) -> int:
    """Rank of the structure that a row belongs to: told by the address, or by the name that ``identite`` gave it."""
    if modele is Structure:
        return _rangs_des_noms(_cite_du_nom(ligne["nom"]))[ligne["nom"]]
    return int(ligne["email"].partition("@")[0].rpartition("-")[2]) - 1


def _cite_du_nom(nom: str) -> int:
    return int(re.search(r"\(cité (\d+)\)$", nom)[1]) - 1


@lru_cache
def _rangs_des_noms(cite: int) -> dict[str, int]:
    return {identite(cite, rang).structure_nom: rang for rang in range(12)}


def _personne(modele: type[models.Model], qui: Identite, cle: int) -> dict[str, Any]:
    if modele is Utilisateur:
        return {"email": qui.porteur_courriel, "nom": f"Porteur : {qui.structure_nom}"}
    if modele is EmailAddress:
        return {"email": qui.porteur_courriel}
    return {
        "nom": qui.structure_nom,
        "cle": cle_de_nom(qui.structure_nom),
        "siret": qui.structure_siret,
        "rna": qui.structure_rna,
    }


# --- projects -------------------------------------------------------------------------------------------------------


@dataclass
class Redaction:
    """Writes the rows of one family that differ: prepared once, then asked for each lot."""

    portees: Portees
    calendrier: Calendrier
    numeros: Numeros
    premiere_cite: int  # of the copies, from 0
    releves: dict[type[models.Model], _Releve] = field(default_factory=dict)
    projets: dict[int, dict[str, Any]] = field(default_factory=dict)
    rangs: dict[int, int] = field(default_factory=dict)  # of the structure of each model
    depots_tels_quels: list[int] = field(default_factory=list)  # say what their project says: copied in the database
    modeles_de_texte: dict[tuple, list[str]] = field(default_factory=dict)

    @classmethod
    def ouvrir(
        cls, tables: list[Table], portees: Portees, calendrier: Calendrier, numeros: Numeros, premiere_cite: int
    ) -> "Redaction":
        redaction = cls(portees, calendrier, numeros, premiere_cite)
        for table in tables:
            portee = portees[table.nom]
            if table.modele in PAR_PROJET and portee:
                redaction.releves[table.modele] = _Releve.de(table, portee, portees, calendrier)
        for ligne in redaction.releves[Projet].lignes:
            source = ligne.source
            if source["numero"]:
                source["depot"] = calendrier.deplacement(moment_de(source["depose_le"]))
            redaction.projets[source["id"]] = source
            donnees = json.loads(source["donnees"])
            redaction.rangs[source["id"]] = int(donnees["porteur_courriel"].partition("@")[0].rpartition("-")[2]) - 1
        if releve := redaction.releves.get(Depot):
            tels_quels = [
                ligne for ligne in releve.lignes
                if ligne.source["donnees"] == redaction.projets[ligne.source["projet_id"]]["donnees"]
            ]  # fmt: skip
            redaction.depots_tels_quels = [ligne.source["id"] for ligne in tels_quels]
            releve.lignes = [ligne for ligne in releve.lignes if ligne not in tels_quels]
        if releve := redaction.releves.get(Passage):
            # What was done to the portal itself, while the models were made, is nobody's to copy.
            releve.lignes = [ligne for ligne in releve.lignes if ligne.source["projet_id"] is not None]
            releve.lignes.sort(key=lambda ligne: (ligne.source["projet_id"], ligne.source["rang"]))
            for ligne in releve.lignes:
                ligne.source["sceau"] = sceau_de_ligne(ligne.source)
                ligne.source["deplacement"] = calendrier.deplacement(moment_de(ligne.source["le"]))
                ligne.rendus = [un for un in ligne.rendus if un[0] != releve.rangs["le"]]
        return redaction

    def ecrire(self, lots: list[Lot]) -> None:
        """Writes these tables for a slice of lots."""
        ecrivains: dict[type[models.Model], Callable[[_Releve, Lot], Iterator[list[Any]]]] = {
            Projet: self._projets, Depot: self._contenus, DemandeComplements: self._contenus,
            AvisIEN: self._avis, Passage: self._passages,
        }  # fmt: skip
        for modele in PAR_PROJET:
            if releve := self.releves.get(modele):
                ecrire = ecrivains[modele]
                lignes = (ligne for lot in lots for ligne in ecrire(releve, lot))
                verser(releve.table.nom, releve.colonnes, lignes)

    def _qui(self, projet: int, lot: Lot) -> Identite:
        return _identite(self.premiere_cite + lot.cite, self.rangs[projet])

    def _titre(self, projet: int, lot: Lot) -> str:
        ordre = lot.rang + projet
        return f"{_titre_du_modele(self.projets[projet]['titre'])} – {variante(self.premiere_cite + lot.cite, ordre)}"

    def _contenu(self, projet: int, texte: str, cle: tuple, lot: Lot) -> str:
        """JSON of a Dossier, moved to the years of the lot, in the name of whoever carries the copy."""
        patron = self.modeles_de_texte.get((*cle, lot.annees_contenu))
        if patron is None:
            dossier = decaler(Dossier.depuis_json(json.loads(texte)), -lot.annees_contenu)
            marque = json.dumps(dossier.vers_json() | {cle: f"@@{cle}@@" for cle in _CLES})
            patron = self.modeles_de_texte[(*cle, lot.annees_contenu)] = re.split(r"@@(\w+)@@", marque)
        qui = self._qui(projet, lot)
        morceaux = patron.copy()
        for rang in range(1, len(morceaux), 2):
            nom = morceaux[rang]
            morceaux[rang] = json.dumps(self._titre(projet, lot) if nom == "titre" else getattr(qui, nom))[1:-1]
        return "".join(morceaux)

    def _projets(self, releve: _Releve, lot: Lot) -> Iterator[list[Any]]:
        r = releve.rangs
        for ligne in releve.lignes:
            source, copie = ligne.source, ligne.copier(lot)
            projet = source["id"]
            copie[r["donnees"]] = self._contenu(projet, source["donnees"], (Projet, projet), lot)
            titre, qui = self._titre(projet, lot), self._qui(projet, lot)
            numero = ""
            if source["numero"]:
                numero = copie[r["numero"]] = self.numeros.suivant(int(source["depot"].jour_de(lot)[:4]))
            jeton = uuid.uuid4()
            copie[r["jeton"]] = jeton if est_postgresql() else jeton.hex
            copie[r["titre"]] = insecables(titre)
            donnees = _lu(source["donnees"])
            textes = (numero.replace("-", " "), _cle(titre), _cle(qui.structure_nom), _cle(donnees["porteur_nom"]),
                      _cle(donnees["resume"]))  # fmt: skip
            copie[r["recherche"]] = " ".join(filter(None, textes))
            yield copie

    def _contenus(self, releve: _Releve, lot: Lot) -> Iterator[list[Any]]:
        colonne = _CONTENUS[releve.table.modele]
        for ligne in releve.lignes:
            source, copie = ligne.source, ligne.copier(lot)
            cle = (releve.table.modele, source["id"])
            copie[releve.rangs[colonne]] = self._contenu(source["projet_id"], source[colonne], cle, lot)
            yield copie

    def _avis(self, releve: _Releve, lot: Lot) -> Iterator[list[Any]]:
        r = releve.rangs
        for ligne in releve.lignes:
            copie = ligne.copier(lot)
            cle = (AvisIEN, ligne.source["id"], lot.annees_contenu)
            if cle not in self.modeles_de_texte:
                self.modeles_de_texte[cle] = _partie(ligne.source, lot.annees_contenu)
            copie[r["partie"]], copie[r["empreinte"]] = self.modeles_de_texte[cle]
            copie[r["secret"]] = secrets.token_urlsafe(24)
            yield copie

    def _passages(self, releve: _Releve, lot: Lot) -> Iterator[list[Any]]:
        """A million lines for a great portal: the one loop where each call counts."""
        r_projet, r_par, r_le, r_precedente, r_empreinte = (
            releve.rangs[nom] for nom in ("projet_id", "par_id", "le", "precedente", "empreinte")
        )
        dernier, precedente = 0, ""
        for ligne in releve.lignes:
            source, copie = ligne.source, ligne.copier(lot)
            projet = copie[r_projet]
            if projet != dernier:
                dernier, precedente = projet, ""
            copie[r_precedente] = precedente
            le = source["deplacement"].iso(lot)
            copie[r_le] = moment_ecrit(le)
            precedente = copie[r_empreinte] = source["sceau"](projet, copie[r_par], le, precedente)
            yield copie


_identite = lru_cache(maxsize=1 << 14)(identite)
_cle = lru_cache(maxsize=1 << 14)(cle_de_nom)
_lu = lru_cache(maxsize=256)(json.loads)


@lru_cache(maxsize=256)
def _titre_du_modele(titre: str) -> str:
    return titre.partition(" – ")[0]


def _partie(ligne: dict[str, Any], annees: int) -> list[str]:
    """The school-time part asked of an authority, some years before, and its fingerprint."""
    demandees = map(InterventionScolaire.depuis_json, json.loads(ligne["partie"]))
    partie = PartieDemandee(ligne["autorite"], None, tuple(_reculee(une, annees) for une in demandees))
    return [json.dumps(partie.vers_json()), partie.empreinte]


def _reculee(une: InterventionScolaire, annees: int) -> InterventionScolaire:
    debut, fin = (jour and reculer(jour, annees) for jour in (une.debut, une.fin))
    return dataclasses.replace(une, debut=debut, fin=fin)
