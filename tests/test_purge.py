"""What is kept no longer goes, nothing else does, the journal stays true, and a simulation touches nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Utilisateur
from projets import effacement, integrite, sceaux
from projets.enums import Fait, Statut
from projets.enums_portail import Conservation, EtatCourriel
from projets.models import (
    Courriel,
    Decision,
    DureeConservation,
    Lettre,
    MontantAccorde,
    Passage,
    Piece,
    Projet,
    durees,
)
from projets.purge import purger

from . import fabriques

pytestmark = pytest.mark.django_db

NOM = "La direction de l’école"


def dans(jours: int):
    return time_machine.travel(timezone.now() + timedelta(days=jours), tick=False)


def faits(rapport, categorie: Conservation) -> tuple[int, int]:
    ligne = next(une for une in rapport if une.libelle == categorie.label)
    return ligne.concernes, ligne.faits


def test_brouillon_oublie_part_avec_ses_fichiers_et_pas_les_autres(appel, django_capture_on_commit_callbacks):
    vieux = fabriques.brouillon()
    nom = vieux.piece_dossier.fichier.name
    with dans(100):
        recent = fabriques.brouillon(porteur=fabriques.utilisateur("autre@example.org"))
        depose = fabriques.projet_en(Statut.DEPOSE, porteur=fabriques.utilisateur("trois@example.org"))
    with dans(200):
        assert faits(purger(simuler=True), Conservation.BROUILLON) == (1, 0)
        assert Projet.objects.filter(pk=vieux.pk).exists()
        with django_capture_on_commit_callbacks(execute=True):
            assert faits(purger(simuler=False), Conservation.BROUILLON) == (1, 1)
    assert set(Projet.objects.values_list("pk", flat=True)) == {recent.pk, depose.pk}
    assert not default_storage.exists(nom)
    assert default_storage.exists(recent.piece_dossier.fichier.name)


@pytest.mark.parametrize(
    ("statut", "avant", "apres"), [(Statut.REFUSE, 700, 740), (Statut.AJOURNE, 700, 740), (Statut.CLOS, 3600, 3660)]
)
def test_projet_fini_perd_ses_personnes_et_garde_ses_chiffres(
    appel, statut, avant, apres, django_capture_on_commit_callbacks
):
    projet = fabriques.projet_en(statut)
    sceaux.sceller()
    montants = list(MontantAccorde.objects.order_by("pk").values_list("montant", flat=True))
    demande = [exercice.montant_demande for exercice in projet.exercices.all()]
    fichiers = [piece.fichier.name for piece in Piece.objects.all()]
    lignes = list(Passage.objects.order_by("pk").values_list("pk", "empreinte"))
    with dans(avant):
        purger(simuler=False)
    projet.refresh_from_db()
    assert projet.donnees["porteur_nom"] == NOM
    with dans(apres), django_capture_on_commit_callbacks(execute=True):
        purger(simuler=False)
        purger(simuler=False)  # again: nothing more
    projet.refresh_from_db()
    assert NOM not in str(projet.donnees) + projet.recherche + str(
        list(projet.depots.values_list("donnees", flat=True))
    )
    assert "porteur@example.org" not in str(projet.donnees)
    assert projet.contenu.structure_nom == "École des Tilleuls"
    assert projet.contenu.nombre_enfants == 25
    assert list(MontantAccorde.objects.order_by("pk").values_list("montant", flat=True)) == montants
    assert [exercice.montant_demande for exercice in projet.exercices.all()] == demande
    assert Decision.objects.count() == 1
    assert not Piece.objects.exists()
    assert not Lettre.objects.exists()
    assert not Courriel.objects.filter(projet=projet).exists()
    assert not any(default_storage.exists(nom) for nom in fichiers)
    assert list(Passage.objects.order_by("pk").values_list("pk", "empreinte"))[: len(lignes)] == lignes
    assert Passage.objects.filter(projet=projet, action=Fait.ANONYMISE).count() == 1
    sceaux.sceller()
    assert integrite.examiner().est_intact


def test_projet_en_cours_ne_vieillit_pas(appel):
    for statut in (Statut.DEPOSE, Statut.A_COMPLETER, Statut.VALIDE):
        fabriques.projet_en(statut, porteur=fabriques.utilisateur(f"{statut}@example.org"))
    avant = list(Projet.objects.order_by("pk").values_list("donnees", "anonymise_le"))
    with dans(5000):
        purger(simuler=False)
    assert list(Projet.objects.order_by("pk").values_list("donnees", "anonymise_le")) == avant


def test_texte_des_courriels_part_et_ceux_qui_attendent_restent(appel):
    fabriques.projet_en(Statut.DEPOSE)
    premier, *autres = Courriel.objects.order_by("pk")
    Courriel.objects.filter(pk=premier.pk).update(etat=EtatCourriel.ENVOYE)
    with dans(366):
        purger(simuler=False)
    premier.refresh_from_db()
    assert (premier.texte, premier.html) == (effacement.TEXTE_EFFACE, "")
    assert premier.objet
    assert all(Courriel.objects.get(pk=un.pk).texte == un.texte for un in autres)


def test_compte_inactif_est_prevenu_puis_efface_un_mois_apres(appel):
    compte = fabriques.utilisateur("parti@example.org", nom="Camille Partie")
    fabriques.de_role(Role.IEN)  # a post in the directory is never an idle account
    with dans(1100):
        purger(simuler=True)
        assert not Courriel.objects.exists()
        purger(simuler=False)
        purger(simuler=False)
        assert list(Courriel.objects.values_list("gabarit", "destinataire")) == [
            ("compte_inactif", "parti@example.org")
        ]
    with dans(1125):
        purger(simuler=False)
        compte.refresh_from_db()
        assert compte.nom == "Camille Partie"
    with dans(1131):
        purger(simuler=False)
    compte.refresh_from_db()
    assert (compte.nom, compte.is_active) == (f"Compte effacé {compte.pk}", False)
    assert not Courriel.objects.filter(destinataire="parti@example.org").exists()
    assert Passage.objects.filter(action=Fait.COMPTE_EFFACE).count() == 1
    assert Utilisateur.objects.filter(is_active=True).count() == 1


def test_compte_qui_revient_est_garde(appel):
    compte = fabriques.utilisateur("revenu@example.org")
    with dans(1100):
        purger(simuler=False)
    with dans(1120):
        compte.last_login = timezone.now()
        compte.save()
    with dans(1140):
        purger(simuler=False)
    compte.refresh_from_db()
    assert compte.email == "revenu@example.org"


def test_duree_reglee_l_emporte_et_la_commande_rend_compte(appel, capsys):
    fabriques.brouillon()
    DureeConservation.objects.create(categorie=Conservation.BROUILLON, jours=60)
    assert durees()[Conservation.BROUILLON] == 60
    with dans(61):
        call_command("purger", "--simuler")
        assert "Brouillons jamais déposés (gardés 60 jours)\u00a0: 1 à traiter" in capsys.readouterr().out
        assert Projet.objects.count() == 1
        call_command("purger")
    assert "1 traités sur 1" in capsys.readouterr().out
    assert not Projet.objects.exists()
