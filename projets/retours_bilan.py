"""What a bilan sent back asks for, answer by answer: what can be pointed at, what it said then, what it says since."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from correspondants.models import Utilisateur

from .dossier_bilan import DossierBilan
from .enums import StatutBilan
from .models import Bilan, LigneBilan, RetourBilan
from .models.bilan import CHAMPS_SAISIS
from .presentation import afficher
from .questionnaire import questions_de, texte_propre
from .valeurs import euros, insecables

LONGUEUR_REPONSE = 2000
AJOUTS, JUSTIFICATIFS = "ajouts", "justificatifs"
GROUPES = ("Bilan qualitatif", "Données chiffrées", "Annexe", "Justificatifs")
_ANNEXE = frozenset({"explication_ecarts", "observations", "communication_faite", "certifie", "signataire"})


@dataclass(frozen=True)
class Sujet:
    """One thing that can be sent back: as the page names it, in words, under which heading, and what it says now."""

    champ: str
    libelle: str
    groupe: str
    texte: str


def sujets(bilan: Bilan) -> list[Sujet]:
    """Every answer, line, indicator and proof of a bilan, in the order of its page."""
    qualitatif, chiffres, annexe, pieces = GROUPES
    contenu, referentiel = bilan.contenu, bilan.exercice.projet.appel.referentiel()
    simples = [
        Sujet(une.identifiant, une.libelle, annexe if une.identifiant in _ANNEXE else qualitatif,
              afficher(une, getattr(contenu, une.identifiant), referentiel))
        for une in questions_de(DossierBilan)
        if une.identifiant in CHAMPS_SAISIS
    ]  # fmt: skip
    indicateurs = [
        Sujet(f"indicateur_{i.pk}", f"Indicateur\u00a0: {i.libelle}"[:400], qualitatif,
              "\n".join(filter(None, (i.resultat, i.get_appreciation_display()))))
        for i in bilan.indicateurs.all()
    ]  # fmt: skip
    lignes = list(bilan.lignes.select_related("compte").order_by("sens", "compte__ordre", "rang", "pk"))
    prevues = [Sujet(f"ligne_{x.pk}", _nom(x)[:400], chiffres, _montants(x)) for x in lignes if x.prevu]
    ajoutees = "\n".join(f"{_nom(x)}, {_montants(x)}" for x in lignes if not x.prevu)
    jointes = list(bilan.exercice.justificatifs)
    return [
        *(sujet for sujet in simples if sujet.groupe == qualitatif),
        *indicateurs,
        *prevues,
        Sujet(AJOUTS, "Ce qui n’était pas prévu", chiffres, ajoutees),
        *(sujet for sujet in simples if sujet.groupe == annexe),
        *(Sujet(f"piece_{p.pk}", p.nom[:400], pieces, p.nom) for p in jointes),
        Sujet(JUSTIFICATIFS, "Un justificatif qui manque", pieces, "\n".join(p.nom for p in jointes)),
    ]


def _nom(ligne: LigneBilan) -> str:
    return f"{ligne.libelle}, {ligne.detail}" if ligne.detail else ligne.libelle


def _montants(ligne: LigneBilan) -> str:
    fait = "Réalisé : rien d’écrit" if ligne.realise is None else f"Réalisé : {euros(ligne.realise)}"
    return insecables(f"{fait} (prévu : {euros(ligne.prevu)})" if ligne.prevu else fait)


def ouverts(bilan: Bilan) -> list[RetourBilan]:
    """What the coordination waits for now."""
    return list(bilan.retours.ouverts()) if bilan.statut == StatutBilan.A_COMPLETER else []


def ecrire(bilan: Bilan, demandes: Mapping[str, str], par: Utilisateur) -> None:
    """Keeps what is asked, with what each answer says at that moment; identifiers are those of ``sujets``."""
    RetourBilan.objects.bulk_create(
        RetourBilan(
            bilan=bilan, champ=sujet.champ, libelle=sujet.libelle, avant=sujet.texte, par=par,
            demande=demandes[sujet.champ],
        )
        for sujet in sujets(bilan)
        if sujet.champ in demandes
    )  # fmt: skip


def garder_reponses(bilan: Bilan, reponses: Mapping[int, str]) -> None:
    """Keeps what the porteur answers to the coordination, point by point, until the next deposit."""
    for retour in ouverts(bilan):
        texte = texte_propre(reponses.get(retour.pk, retour.reponse), multiligne=True)[:LONGUEUR_REPONSE]
        if texte != retour.reponse:
            RetourBilan.objects.filter(pk=retour.pk).update(reponse=texte)


def regler(bilan: Bilan) -> None:
    """Settles what was asked: the bilan is deposited again, and each answer is kept as it is now."""
    en_attente = list(bilan.retours.ouverts())
    if not en_attente:
        return
    actuels = {sujet.champ: sujet.texte for sujet in sujets(bilan)}
    maintenant = timezone.now()
    for retour in en_attente:
        # A proof that was sent with a deposit stays: the answer to a question on it is what was joined since.
        cle = JUSTIFICATIFS if retour.champ.startswith("piece_") else retour.champ
        retour.apres, retour.regle_le = actuels.get(cle, ""), maintenant
        if cle != retour.champ:
            nouvelles = bilan.exercice.justificatifs.filter(cree_le__gt=retour.cree_le).values_list("nom", flat=True)
            retour.apres = "\n".join([retour.avant, *nouvelles])
    RetourBilan.objects.bulk_update(en_attente, ["apres", "regle_le"])
