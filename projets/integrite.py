"""Is the journal what was written? Walks every chain and every seal, in constant memory, and says where it was touched.

What tells: a line that no longer gives its own fingerprint was changed; a number missing, or a link to a line that is not
there, was deleted; a chain written again, fingerprints and all, or cut at its end, disagrees with the seals; the seals are
chained too, signed with a key that the database does not hold, and the last one is also remembered apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import models

from .chaine import CHAMPS_DU_PASSAGE, empreinte_du_passage
from .models import Passage, Pouls, Projet, Sceau
from .sceaux import est_signe

LOT = 2000
FAUTES_DITES = 50


@dataclass(frozen=True)
class Faute:
    """One place where the journal is not what was written: ``ou`` names the chain or the seal."""

    ou: str
    rang: int
    nature: str  # modifiée, supprimée, insérée, réécrite...
    detail: str

    def __str__(self) -> str:
        ou = f"{self.ou}, ligne {self.rang}" if self.rang else self.ou
        return f"{ou} : {self.nature}. {self.detail}"


@dataclass
class Bilan:
    """What the walk found; only the first faults are kept, all are counted."""

    passages: int = 0
    chaines: int = 0
    sceaux: int = 0
    non_scelles: int = 0
    nombre_de_fautes: int = 0
    fautes: list[Faute] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)
    dernier_sceau: str = ""

    def noter(self, faute: Faute) -> None:
        self.nombre_de_fautes += 1
        if len(self.fautes) < FAUTES_DITES:
            self.fautes.append(faute)

    @property
    def est_intact(self) -> bool:
        return not self.nombre_de_fautes


def examiner(sceau_connu: str = "") -> Bilan:
    """Walks the whole journal. ``sceau_connu``: fingerprint of a seal noted elsewhere, that must still be there."""
    bilan = Bilan()
    pouls = Pouls.objects.filter(nom="sceau").first()  # before the seals: the portal goes on writing meanwhile
    _marcher_les_chaines(bilan)
    _marcher_les_sceaux(bilan, sceau_connu, pouls.detail.get("rang", 0) if pouls else 0)
    bilan.fautes = [_nommer(faute, _numeros(bilan.fautes)) for faute in bilan.fautes]
    return bilan


# --- the chains -----------------------------------------------------------------------------------------------------


def _marcher_les_chaines(bilan: Bilan) -> None:
    lignes = Passage.objects.order_by("projet_id", "rang", "pk").values("pk", "empreinte", *CHAMPS_DU_PASSAGE)
    avant: dict | None = None
    for ligne, apres in _deux_a_deux(lignes.iterator(chunk_size=LOT)):
        bilan.passages += 1
        if avant is None or avant["projet_id"] != ligne["projet_id"]:
            avant = None
            bilan.chaines += 1
        if apres is not None and apres["projet_id"] != ligne["projet_id"]:
            apres = None
        _juger(bilan, avant, ligne, apres)
        avant = ligne


def _deux_a_deux(lignes: Iterator[dict]) -> Iterator[tuple[dict, dict | None]]:
    """Each line with the next one."""
    courante = next(lignes, None)
    while courante is not None:
        suivante = next(lignes, None)
        yield courante, suivante
        courante = suivante


def _juger(bilan: Bilan, avant: dict | None, ligne: dict, apres: dict | None) -> None:
    ou, rang = _chaine(ligne["projet_id"]), ligne["rang"]
    attendu = avant["rang"] + 1 if avant else 1
    juste = empreinte_du_passage(ligne) == ligne["empreinte"]
    liee = ligne["precedente"] == (avant["empreinte"] if avant else "")
    if rang > attendu:
        quoi = f"ligne {attendu}" if rang == attendu + 1 else f"lignes {attendu} à {rang - 1}"
        bilan.noter(Faute(ou, attendu, "supprimée", f"Il manque : {quoi}."))
    if not juste:
        ignoree = apres is not None and apres["precedente"] == (avant["empreinte"] if avant else "")
        intruse = ignoree or (not liee and (apres is None or apres["precedente"] != ligne["empreinte"]))
        if any(empreinte_du_passage(ligne | {"rang": autre}) == ligne["empreinte"] for autre in (rang - 1, rang + 1)):
            bilan.noter(Faute(ou, rang, "déplacée", "Elle n’est plus à son rang."))
        elif intruse or not ligne["empreinte"]:
            bilan.noter(Faute(ou, rang, "insérée", "Cette ligne n’est liée à aucune autre."))
        else:
            bilan.noter(Faute(ou, rang, "modifiée", "Ce qu’elle dit ne correspond plus à son empreinte."))
    elif not liee and rang == attendu:
        if avant and empreinte_du_passage(avant) != avant["empreinte"]:
            return  # the line before is the one that was touched, and was said already
        bilan.noter(Faute(ou, rang, "réécrite", "La ligne qui la précède n’est plus celle qui avait été écrite."))


# --- the seals ------------------------------------------------------------------------------------------------------


def _marcher_les_sceaux(bilan: Bilan, connu: str, retenu: int) -> None:
    """``retenu`` is the number of the last seal, remembered apart."""
    cles = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    precedent: Sceau | None = None
    sans_cle, signe = 0, False
    for sceau in Sceau.objects.order_by("rang").iterator(chunk_size=2):  # each holds thousands of heads
        bilan.sceaux += 1
        _juger_le_sceau(bilan, precedent, sceau)
        _juger_les_tetes(bilan, sceau)
        if est_signe(sceau, cles):
            signe = True
        elif signe:
            bilan.noter(Faute("Sceaux", sceau.rang, "insérée", "Ce sceau n’est pas signé par le portail."))
        else:  # the key may have been changed since: the first seals then no longer answer to it, and only those
            sans_cle = sceau.rang
        if connu and sceau.empreinte.startswith(connu):
            connu = ""
        precedent = Sceau(rang=sceau.rang, passages=sceau.passages, dernier=sceau.dernier, empreinte=sceau.empreinte)
    if sans_cle:
        bilan.remarques.append(
            f"Les sceaux, jusqu’au no {sans_cle}, sont signés avec une clé que le portail n’a plus. "
            "Si SECRET_KEY n’a jamais changé, c’est que le journal a été réécrit."
        )
    if connu:
        bilan.noter(Faute("Sceaux", 0, "supprimée", f"Le sceau noté ailleurs, {connu[:16]}…, n’existe pas."))
    _juger_la_fin(bilan, precedent)
    if retenu > (precedent.rang if precedent else 0):
        bilan.noter(Faute("Sceaux", retenu, "supprimée", "Le dernier sceau posé n’est plus là."))


def _juger_le_sceau(bilan: Bilan, precedent: Sceau | None, sceau: Sceau) -> None:
    attendu = precedent.rang + 1 if precedent else 1
    if sceau.rang != attendu:
        bilan.noter(Faute("Sceaux", attendu, "supprimée", "Un sceau manque."))
    elif sceau.precedente != (precedent.empreinte if precedent else ""):
        bilan.noter(Faute("Sceaux", sceau.rang, "réécrite", "Le sceau précédent n’est plus celui qui avait été posé."))
    if sceau.calculer() != sceau.empreinte:
        bilan.noter(Faute("Sceaux", sceau.rang, "modifiée", "Ce qu’il dit ne correspond plus à son empreinte."))


def _juger_les_tetes(bilan: Bilan, sceau: Sceau) -> None:
    """Each chain still goes through the line where the seal saw it stop."""
    for debut in range(0, len(sceau.tetes), LOT):
        tetes = sceau.tetes[debut : debut + LOT]
        trouvees = {
            pk: (projet, rang, empreinte)
            for pk, projet, rang, empreinte in Passage.objects.filter(pk__in=[tete[2] for tete in tetes]).values_list(
                "pk", "projet", "rang", "empreinte"
            )
        }
        for projet, rang, pk, empreinte in tetes:
            if pk not in trouvees:
                bilan.noter(Faute(_chaine(projet), rang, "supprimée", f"Le sceau {sceau.rang} l’avait vue."))
            elif trouvees[pk] != (projet, rang, empreinte):
                bilan.noter(
                    Faute(
                        _chaine(projet),
                        rang,
                        "réécrite",
                        f"Le sceau {sceau.rang} l’avait vue avec une autre empreinte.",
                    )
                )


def _juger_la_fin(bilan: Bilan, dernier: Sceau | None) -> None:
    """How many lines there are up to the last seal: those written since the walk began do not count."""
    jusque = dernier.dernier if dernier else 0
    bilan.dernier_sceau = dernier.empreinte if dernier else ""
    bilan.non_scelles = Passage.objects.filter(pk__gt=jusque).count()
    if dernier is None:
        return
    presents = Passage.objects.filter(pk__lte=jusque).count()
    if ecart := presents - dernier.passages:
        nature = "insérée" if ecart > 0 else "supprimée"
        detail = f"{presents} lignes au lieu des {dernier.passages} que le dernier sceau avait comptées."
        bilan.noter(Faute("Ensemble du journal", 0, nature, detail))


# --- names ----------------------------------------------------------------------------------------------------------


def _chaine(projet: int | None) -> str:
    return "Portail" if projet is None else f"#{projet}"


def _numeros(fautes: list[Faute]) -> dict[str, str]:
    cles = {faute.ou[1:] for faute in fautes if faute.ou.startswith("#")}
    numeros: models.QuerySet = Projet.objects.filter(pk__in=cles).values_list("pk", "numero")
    return {f"#{pk}": f"Projet {numero}" if numero else f"Brouillon {pk}" for pk, numero in numeros}


def _nommer(faute: Faute, numeros: dict[str, str]) -> Faute:
    return Faute(numeros.get(faute.ou, faute.ou), faute.rang, faute.nature, faute.detail)
