"""Keeps a Dossier in a Projet: the content itself, and every column and row that is derived from it, in one transaction."""

from django.db import transaction

from correspondants.enums import NaturePorteur
from correspondants.models import Etablissement, Quartier, RegleRoutage, Structure, cle_de_nom

from .dossier import Dossier
from .models import Depot, Dispositif, Exercice, Intervention, Materiel, Objectif, Parcours, Piece, Projet
from .valeurs import insecables

# What a Dossier decides; never the statut, the version, the number: those are the workflow's.
COLONNES = (
    "donnees",
    "titre",
    "nature",
    "coordination",
    "objectif_principal",
    "date_debut",
    "date_fin",
    "temps_scolaire",
    "nombre_enfants",
    "nombre_parents",
    "nombre_partenaires",
    "recherche",
    "modifie_le",
)


@transaction.atomic
def enregistrer(projet: Projet, dossier: Dossier) -> None:
    """Writes a canonical Dossier into a Projet (saved or new), whatever its faults: nothing typed is lost.

    The statut, the number and the porteur are not touched. Raises ModificationConcurrente when the project changed since
    it was read: two tabs never overwrite each other.
    """
    if projet.pk:
        projet.prendre_la_main()
    projet.donnees = dossier.vers_json()
    projet.titre = insecables(dossier.titre)
    projet.nature = dossier.structure_nature if dossier.structure_nature in NaturePorteur else ""
    projet.coordination = RegleRoutage.objects.filter(nature=projet.nature).values_list("role", flat=True).first() or ""
    objectifs = {o.code: o for o in Objectif.objects.filter(enjeu__thematique__appel=projet.appel_id)}
    projet.objectif_principal = objectifs.get(dossier.objectif_principal)
    projet.date_debut, projet.date_fin = dossier.date_debut, dossier.date_fin
    projet.temps_scolaire = dossier.est_sur_temps_scolaire
    projet.nombre_enfants = min(max(dossier.nombre_enfants, 0), 10_000_000)
    projet.nombre_parents = min(max(dossier.nombre_parents or 0, 0), 10_000_000)
    projet.nombre_partenaires = len(dossier.partenaires)
    projet.recherche = texte_de_recherche(projet, dossier)
    projet.save(update_fields=COLONNES if projet.pk else None)
    projet.objectifs_secondaires.set([objectifs[code] for code in dossier.objectifs_secondaires if code in objectifs])
    projet.parcours.set(Parcours.objects.filter(appel=projet.appel_id, code__in=dossier.parcours))
    projet.dispositifs.set(Dispositif.objects.filter(appel=projet.appel_id, code__in=dossier.dispositifs))
    projet.quartiers.set(Quartier.objects.filter(code__in=dossier.quartiers))
    etablissements = list(Etablissement.objects.all())
    projet.etablissements.set([e for e in etablissements if e.code in dossier.etablissements])
    Intervention.remplacer(projet, dossier, etablissements)
    Exercice.remplacer(projet, dossier)
    Materiel.remplacer(projet, dossier)
    Projet.objects.filter(pk=projet.pk).tenir_les_montants()


def texte_de_recherche(projet: Projet, dossier: Dossier) -> str:
    """What ``ProjetQuerySet.chercher`` looks into: no accents, no case, no punctuation."""
    textes = (projet.numero or "", dossier.titre, dossier.structure_nom, dossier.porteur_nom, dossier.resume)
    return cle_de_nom(" ".join(textes))


def garder_depot(projet: Projet, piece: Piece | None = None) -> Depot:
    """Snapshot of what is deposited, so that versions can be compared."""
    return Depot.objects.create(projet=projet, rang=projet.depots.count() + 1, donnees=projet.donnees, piece=piece)


def structure_connue(dossier: Dossier) -> Structure | None:
    """The Structure that a file names, when the portal knows it: same SIRET, else same name and nature."""
    siret = _siret(dossier)
    structure = Structure.objects.filter(siret=siret).first() if siret else None
    return (
        structure
        or Structure.objects.filter(
            cle=cle_de_nom(dossier.structure_nom)[:200], nature=dossier.structure_nature
        ).first()
    )


def _siret(dossier: Dossier) -> str:
    return "".join(dossier.structure_siret.split())[:14]


def structure_de(dossier: Dossier) -> Structure:
    """The Structure of a file: the known one, completed, or a new one."""
    siret, structure = _siret(dossier), structure_connue(dossier)
    structure = structure or Structure(nom=dossier.structure_nom[:200], nature=dossier.structure_nature)
    for champ, valeur in (
        ("siret", siret),
        ("rna", dossier.structure_rna),
        ("uai", dossier.structure_uai),
        ("adresse", dossier.structure_adresse),
        ("code_postal", dossier.structure_code_postal),
        ("commune", dossier.structure_commune),
    ):
        if valeur and not getattr(structure, champ):
            setattr(structure, champ, valeur[: Structure._meta.get_field(champ).max_length])
    structure.save()
    return structure
