"""What tests need to exist: the call, people by role, complete files, and projects in every statut through the real workflow."""

from datetime import date, timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.utils import timezone

from correspondants.models import Correspondant, Utilisateur
from projets import bilans
from projets.demonstration import conduite
from projets.dossier import (
    Charge,
    Dossier,
    Effectif,
    IndicateurPrevu,
    InterventionPrevue,
    MaterielPrevu,
    Partenaire,
    Produit,
)
from projets.enregistrement import enregistrer
from projets.enums import Financeur, GenrePiece, SensAvis, SensDecision, Statut, Voix
from projets.models import Appel, Enveloppe, Projet, SeanceTroika
from projets.questionnaire import normaliser
from projets.workflow import publier_seance

from .deja_fait import retenu


def charger_appel() -> Appel:
    """The embedded call, loaded once per database."""
    appel = Appel.objects.filter(courant=True).first()
    if appel is None:
        call_command("loaddata", "comptes", "lievin", verbosity=0)
        appel = Appel.objects.courant()
    return appel


@retenu
def utilisateur(
    courriel: str = "porteur@example.org", *roles: str, verifie: bool = True, **champs: object
) -> Utilisateur:
    """An account, found again by its address, with its line in the directory when it holds roles."""
    compte = Utilisateur.objects.filter(email=courriel).first() or Utilisateur.objects.create_user(courriel, **champs)
    if verifie:
        EmailAddress.objects.get_or_create(user=compte, email=courriel, defaults={"verified": True, "primary": True})
    if roles:
        correspondant, _ = Correspondant.objects.get_or_create(
            code=f"test-{courriel.split('@')[0].replace('.', '-')}",
            defaults={
                "fonction": "Compte de test",
                "courriel": courriel,
                "utilisateur": compte,
                "dans_annuaire": False,
            },
        )
        for role in roles:
            correspondant.habilitations.get_or_create(role=role)
    compte.__dict__.pop("roles", None)
    return compte


@retenu
def de_role(role: str) -> Utilisateur:
    """The account of one role: ``coordinateur_en`` -> ``coordinateur-en@example.org``."""
    return utilisateur(f"{role.replace('_', '-')}@example.org", role)


def dossier_complet(**changements: object) -> Dossier:
    """A file without fault: an école, school time, one civil year, 1 000 € asked of 1 500 €."""
    dossier = Dossier(
        structure_nom="École des Tilleuls",
        structure_nature="ecole",
        structure_commune="Commune",
        porteur_nom="La direction de l’école",
        porteur_courriel="porteur@example.org",
        titre="Une mare pédagogique",
        reconduction="nouveau",
        resume="Les élèves creusent, plantent et observent une mare.",
        description="Une mare est creusée au printemps, puis observée toute l’année.",
        partenaires=(Partenaire("Association des jardins", "Conseil et outils"),),
        objectif_principal="1.1.2",
        objectifs_secondaires=("2.2.1",),
        parcours=("citoyen",),
        effectifs=(Effectif("6-10", 12, 13),),
        nombre_parents=10,
        date_debut=date(2026, 3, 2),
        date_fin=date(2026, 6, 30),
        interventions=(
            InterventionPrevue(
                "Chantier et plantations",
                date(2026, 3, 2),
                date(2026, 4, 10),
                "École des Tilleuls",
                "CM1",
                "Cour de l’école",
                Decimal("12.00"),
                "Association des jardins",
                "scolaire",
            ),
        ),
        annee=2026,
        charges=(
            Charge("60-MATIERES", "Bâche et plantes", Decimal("900.00")),
            Charge("60-PRESTATIONS", "", Decimal("600.00")),
        ),
        produits=(Produit("74-CITE", "", Decimal("1000.00")), Produit("74-COMMUNE", "", Decimal("500.00"))),
        materiels=(MaterielPrevu("Loupe binoculaire", 4, Decimal("120.00"), 2026),),
        indicateurs=(IndicateurPrevu("Séances d’observation", "10", "Cahier de suivi"),),
        communication_engagement=True,
        engagement_bilan=True,
        engagement_exactitude=True,
        signataire_nom="La direction de l’école",
        signature_date=date(2026, 1, 15),
    )
    return normaliser(dossier.remplacer(**changements))


def dossier_deux_ans(**changements: object) -> Dossier:
    """A school-year file: 700 € asked for 2026 and 400 € for 2027."""
    return dossier_complet(
        date_debut=date(2026, 9, 7),
        date_fin=date(2027, 6, 25),
        interventions=(
            InterventionPrevue(
                "Ateliers",
                date(2026, 9, 14),
                date(2027, 6, 4),
                "École des Tilleuls",
                "CE2",
                "École",
                Decimal("30.00"),
                "Compagnie",
                "scolaire",
            ),
        ),
        charges=(Charge("60-PRESTATIONS", "", Decimal("900.00"), Decimal("500.00")),),
        produits=(
            Produit("74-CITE", "", Decimal("700.00"), Decimal("400.00")),
            Produit("74-COMMUNE", "", Decimal("200.00"), Decimal("100.00")),
        ),
        materiels=(),
        **changements,
    )


def hors_temps_scolaire(dossier: Dossier) -> Dossier:
    """The same file, without anything in school time: no opinion is needed."""
    interventions = tuple(
        InterventionPrevue(**{**vars(prevue), "temps": "periscolaire"}) for prevue in dossier.interventions
    )
    return dossier.remplacer(interventions=interventions)


@retenu
def brouillon(dossier: Dossier | None = None, porteur: Utilisateur | None = None, *, fichier: bool = True) -> Projet:
    projet = Projet(appel=charger_appel(), porteur=porteur or utilisateur())
    enregistrer(projet, dossier or dossier_complet())
    if fichier:
        projet.garder_piece(GenrePiece.DOSSIER, "dossier.docx", b"PK\x03\x04 octets du porteur", projet.porteur)
    return projet


@retenu
def seance(**champs: object) -> SeanceTroika:
    return SeanceTroika.objects.create(
        appel=charger_appel(), **{"date": timezone.now() + timedelta(days=7), "lieu": "Hôtel de ville", **champs}
    )


@retenu
def enveloppes(montant: int = 100_000) -> None:
    for annee in (2026, 2027):
        for financeur in (Financeur.ETAT, Financeur.VILLE):
            Enveloppe.objects.get_or_create(
                appel=charger_appel(), annee=annee, financeur=financeur, defaults={"montant": Decimal(montant)}
            )


def coordinateur_de(projet: Projet) -> Utilisateur:
    return de_role(projet.coordination)


def rendre_les_avis(projet: Projet, sens: str = SensAvis.FAVORABLE, motif: str = "") -> None:
    conduite.rendre_les_avis(projet, de_role, sens, motif)


def donner_les_voix(projet: Projet, voix: str = Voix.POUR) -> None:
    conduite.donner_les_voix(projet, de_role, voix)


def decider(projet: Projet, sens: str = SensDecision.VALIDE, **donnees: object) -> None:
    conduite.decider(projet, de_role, sens, **donnees)


@retenu
def projet_en(statut: str, dossier: Dossier | None = None, porteur: Utilisateur | None = None) -> Projet:
    """A project brought to a statut by the actions that lead there, and by nothing else."""
    statut = Statut(statut)
    projet = brouillon(dossier, porteur)
    enveloppes()
    conduite.mener(projet, statut, de_role, seance)
    if statut in (Statut.VALIDE, Statut.AJOURNE, Statut.REFUSE, Statut.CLOS):
        sens = {Statut.AJOURNE: SensDecision.AJOURNE, Statut.REFUSE: SensDecision.REFUSE}.get(
            statut, SensDecision.VALIDE
        )
        decider(projet, sens)
        publier_seance(projet.seances.get(), par=coordinateur_de(projet))
        conduite.finir(projet, statut, de_role)
    assert projet.statut == statut, f"{projet.statut} au lieu de {statut}"
    return projet


def remettre_les_bilans(projet: Projet) -> None:
    """Every bilan due: done as planned, deposited, accepted."""
    for exercice in projet.exercices.all():
        bilans.accepter(conduite.remettre_bilan(exercice), par=coordinateur_de(projet))
