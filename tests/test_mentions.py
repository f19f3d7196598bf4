"""What the journal writes of a person is a number; the pages say the name as long as a row holds it."""

import pytest
from django.test import Client

from correspondants.enums import Role
from projets import demandes_avis, effacement, membres, mentions, transmissions
from projets.enums import Fait, Statut
from projets.integrite import examiner
from projets.journal import consigner
from projets.models import Passage

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
ADRESSE = "collegue@example.org"


def test_une_transmission_s_ecrit_par_son_numero_et_se_lit_par_son_adresse(appel: object) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    transmission = transmissions.proposer(projet, ADRESSE, par=projet.porteur)
    passage = projet.passages.get(action=Fait.TRANSMISSION_PROPOSEE)
    assert passage.motif == f"[transmission no {transmission.pk}]"
    assert mentions.eclaircir([passage])[0].mention == ADRESSE


def test_une_personne_effacee_ne_se_lit_plus_et_la_chaine_reste_vraie(appel: object) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    transmission = transmissions.proposer(projet, ADRESSE, par=projet.porteur)
    compte = fabriques.utilisateur(ADRESSE)
    transmissions.retirer(transmission, par=projet.porteur)
    effacement.effacer_compte(compte, par=None, motif="")
    lus = mentions.eclaircir(Passage.objects.order_by("pk"))
    assert not [passage for passage in lus if ADRESSE in passage.motif + passage.mention]
    assert not examiner().fautes


def test_une_delegation_d_avis_garde_le_nom_du_collegue_hors_du_journal(appel: object) -> None:
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    avis = projet.avis_ien.first()
    autorite = fabriques.de_role(avis.autorite)
    demandes_avis.transmettre(avis, par=autorite, nom="Prénom Nom", courriel=ADRESSE)
    passage = projet.passages.get(action=Fait.AVIS_TRANSMIS)
    assert "Nom" not in passage.motif
    assert ADRESSE not in passage.motif
    assert mentions.eclaircir([passage])[0].mention == f"Prénom Nom ({ADRESSE})"


def test_un_motif_ecrit_a_la_main_n_ouvre_l_adresse_de_personne(appel: object) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    transmission = transmissions.proposer(projet, ADRESSE, par=projet.porteur)
    pirate = f"[transmission no {transmission.pk}]"
    passage = consigner(projet, Fait.MESSAGE, par=projet.porteur, motif=pirate)
    assert mentions.eclaircir([passage])[0].mention == ""


def test_le_journal_et_son_export_disent_l_adresse(client: Client, appel: object) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    transmissions.proposer(projet, ADRESSE, par=projet.porteur)
    client.force_login(fabriques.de_role(Role.ADMIN))
    assert ADRESSE in client.get("/journal/").content.decode()
    export = b"".join(client.get("/journal/export.csv").streaming_content).decode()
    assert export.count(ADRESSE) == 1


def test_les_membres_d_une_structure_n_ont_pas_leur_adresse_au_journal(appel: object) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    premier = Passage.objects.get(action=Fait.MEMBRE_AJOUTE)
    assert mentions.eclaircir([premier])[0].mention.startswith(projet.porteur.email)
    membre = membres.inviter(projet.structure, ADRESSE, par=projet.porteur)
    membres.accepter(membre)
    membres.retirer(membre, par=projet.porteur)
    motifs = Passage.objects.filter(projet=None).values_list("motif", flat=True)
    assert not [motif for motif in motifs if "@" in motif]
