"""Official identifiers: whether a SIRET, a UAI or an e-mail address has its form. Framework-free."""

from stdnum.exceptions import ValidationError
from stdnum.fr import siret


def siret_valide(numero: str) -> bool:
    """14 digits, Luhn; La Poste (SIREN 356000000) also when the digit sum is a multiple of 5 (SCDL)."""
    try:
        siret.validate(numero)
    except ValidationError:
        return False
    return True


def uai_valide(numero: str) -> bool:
    """7 digits and their check letter."""
    return (
        len(numero) == 8
        and numero[:7].isdecimal()
        and numero[7].upper() == "ABCDEFGHJKLMNPRSTUVWXYZ"[int(numero[:7]) % 23]
    )


def courriel_plausible(adresse: str) -> bool:
    nom, arobase, domaine = adresse.partition("@")
    return bool(
        nom
        and arobase
        and "." in domaine.strip(".")
        and not set(adresse) & set(" ,;<>()[]\n")
        and domaine.count("@") == 0
        and len(adresse) <= 254
    )


def rna_valide(numero: str) -> bool:
    """W and 9 digits."""
    return len(numero) == 10 and numero[0] == "W" and numero[1:].isdecimal()


def code_postal_valide(code: str) -> bool:
    return len(code) == 5 and code.isdecimal()


def telephone_plausible(numero: str) -> bool:
    return 9 <= sum(c.isdigit() for c in numero) <= 15
