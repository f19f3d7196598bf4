"""Who carries the generated projects: structures, accounts and titles that differ from one copy to the next. Pure functions."""

from dataclasses import dataclass

DOMAINE = "example.org"
_LIEUX = (
    "Les Tilleuls", "Les Érables", "Les Peupliers", "Les Acacias", "Les Charmes", "Les Platanes", "Les Saules",
    "Les Noisetiers", "Les Cerisiers", "Les Alouettes", "Les Hirondelles", "Les Mésanges", "Les Coquelicots",
    "Les Bleuets", "Les Genêts", "La Fontaine", "Le Moulin", "La Passerelle", "Le Belvédère", "La Clairière",
)  # fmt: skip
_GROUPES = (
    "premier groupe", "deuxième groupe", "classes de CM1", "classes de CM2", "classes de sixième", "secteur nord",
    "secteur sud", "vacances d’automne", "vacances de printemps", "mercredis", "parents et enfants", "édition du printemps",
    "second cycle",
)  # fmt: skip
# Structures of one cité: name, kind, whether it has a SIRET and a RNA.
STRUCTURES = (
    ("École élémentaire {lieu}", "ecole"),
    ("Association Lire ensemble, {lieu}", "association"),
    ("Collège {lieu}", "etablissement"),
    ("Service jeunesse, {lieu}", "service_ville"),
    ("Compagnie théâtrale {lieu}", "association"),
    ("Centre social {lieu}", "partenaire"),
    ("École maternelle {lieu}", "ecole"),
    ("Club nature {lieu}", "association"),
    ("Lycée professionnel {lieu}", "etablissement"),
    ("Service petite enfance, {lieu}", "service_ville"),
    ("Fablab {lieu}", "prive"),
    ("Association sportive {lieu}", "association"),
)
_AVEC_SIRET = ("association", "partenaire", "prive")


@dataclass(frozen=True)
class Identite:
    """What a Dossier says of who carries it."""

    structure_nom: str
    structure_nature: str
    structure_siret: str
    structure_rna: str
    porteur_courriel: str


def identite(cite: int, rang: int) -> Identite:
    """The structure of one rank in one cité, both counted from 0; two cités never give the same one."""
    modele, nature = STRUCTURES[rang]
    ordre = cite * len(STRUCTURES) + rang
    return Identite(
        structure_nom=f"{modele.format(lieu=_LIEUX[(cite * 7 + rang) % len(_LIEUX)])} (cité {cite + 1})",
        structure_nature=nature,
        structure_siret=_siret(ordre) if nature in _AVEC_SIRET else "",
        structure_rna=f"W{ordre % 1_000_000_000:09d}" if nature == "association" else "",
        porteur_courriel=courriel(cite, rang),
    )


def courriel(cite: int, rang: int) -> str:
    return f"porteur-{cite + 1}-{rang + 1}@{DOMAINE}"


def cite_du_courriel(adresse: str) -> int:
    """Inverse of ``courriel`` for the cité; -1 for an address that was not made here."""
    morceaux = adresse.partition("@")[0].split("-")
    return int(morceaux[1]) - 1 if len(morceaux) == 3 and morceaux[1].isdecimal() and morceaux[2].isdecimal() else -1


def variante(cite: int, ordre: int) -> str:
    """What the title of a copy adds to the title of its model."""
    return f"{_GROUPES[ordre % len(_GROUPES)]}, {_LIEUX[cite % len(_LIEUX)].lower()}"


def _siret(ordre: int) -> str:
    """Fourteen digits that satisfy both checks (SIREN, SIRET), of a range that no company holds."""
    siren = _avec_cle(f"{99_000_000 + ordre % 1_000_000:08d}")
    return _avec_cle(f"{siren}0001")


def _avec_cle(chiffres: str) -> str:
    somme = 0
    for position, chiffre in enumerate(reversed(chiffres)):
        double = int(chiffre) * (2 - position % 2)
        somme += double - 9 if double > 9 else double
    return f"{chiffres}{-somme % 10}"
