"""The pages of what follows a deposit: sending back answer by answer, answering, new dates, reopening."""

import re
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine

from correspondants.enums import Role
from projets import bilans, bilans_word
from projets.enums import StatutBilan
from projets.models import Bilan, RetourBilan
from projets.word.formulaires import BILAN
from projets.word.lecture import lire

from .. import annee_connue, fabriques
from ..bilans_web import adresse, saisie
from ..test_bilans_suites import AUTOMNE

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def projet():
    return fabriques.projet_en("valide")


@pytest.fixture
def depose(projet):
    bilan = annee_connue.remplir(projet, 2026, {}, filles=12)
    bilans.deposer(bilan, par=projet.porteur)
    return bilan


def page(reponse):
    return re.sub("[\u00a0\u202f]", " ", reponse.content.decode())


def test_du_renvoi_a_la_relecture(client, projet, depose):
    client.force_login(fabriques.coordinateur_de(projet))
    renvoyer = adresse(projet, "bilan_action", "renvoyer")
    prestations = depose.lignes.get(compte="60-PRESTATIONS")
    assert "Prestations de services" in page(client.get(renvoyer))
    faux = client.post(renvoyer, {"champ_filles": "on", "demande_filles": "", "demande_realisation": "Sans case"})
    assert faux.status_code == 200
    assert {"demande_filles", "demande_realisation"} == set(faux.context["form"].errors)
    assert "Sans case" in page(faux)
    assert "Cochez au moins" in page(client.post(renvoyer, {"motif": ""}))
    demandes = {"filles": "Comptez les CM2.", f"ligne_{prestations.pk}": "La facture dit 580 €.", "ajouts": "Et le bus ?",
                "justificatifs": "Joignez la facture."}  # fmt: skip
    envoi = {f"champ_{champ}": "on" for champ in demandes} | {f"demande_{c}": d for c, d in demandes.items()}
    assert client.post(renvoyer, envoi | {"motif": "Presque complet."}).status_code == 302
    assert "Attendu du porteur" in page(client.get(adresse(projet)))
    assert client.post(renvoyer, envoi).status_code == 409
    assert "Comptez les CM2." in page(client.post(renvoyer, envoi)), "ce qui est tapé n’est pas perdu"

    client.force_login(projet.porteur)
    texte = page(client.get(adresse(projet, "bilan_modifier")))
    assert "Presque complet." in texte
    for champ in ("filles", f"ligne_{prestations.pk}", "justificatifs"):
        assert f'id="id_{champ}_demande"' in texte
        assert re.search(rf'id="id_{champ}"[^>]*aria-describedby="id_{champ}_demande', texte) or re.search(
            rf'aria-describedby="id_{champ}_demande[^>]*id="id_{champ}"', texte
        ), champ
    assert 'id="id_ajouts_demande"' in texte
    retour = RetourBilan.objects.get(champ="filles")
    champs = saisie(client, projet, filles="15", **{f"reponse_{retour.pk}": "Elles étaient 15."})
    champs[f"ligne_{prestations.pk}"] = "580"
    champs |= {f"ligne_{x.pk}": str(x.prevu).replace(".", ",") for x in depose.lignes.exclude(pk=prestations.pk)}
    assert client.post(adresse(projet, "bilan_modifier"), champs).status_code == 302
    assert client.post(adresse(projet, "bilan_action", "deposer")).status_code == 302

    client.force_login(fabriques.coordinateur_de(projet))
    texte = page(client.get(adresse(projet)))
    for mot in ("Modifié depuis", "Elles étaient 15.", "Réalisé : 580,00 €", "Inchangé"):
        assert mot in texte
    assert "Déjà demandé" in page(client.get(renvoyer))


def test_le_bilan_en_word_porte_les_demandes_a_leur_place(client, projet, depose):
    ligne = depose.lignes.get(compte="60-PRESTATIONS")
    demandes = {"filles": "Comptez les CM2.", f"ligne_{ligne.pk}": "La facture dit 580 €."}
    bilans.renvoyer(depose, par=fabriques.coordinateur_de(projet), demandes=demandes)
    client.force_login(projet.porteur)
    octets = client.get(adresse(projet, "bilan_word")).content
    commentaires = ZipFile(BytesIO(octets)).read("word/comments.xml").decode()
    assert "Comptez les CM2." in commentaires
    assert "La facture dit 580" in commentaires
    lu = lire(octets, bilans_word.referentiel_du_bilan(projet.appel), BILAN)
    assert lu.dossier == bilans_word.contenu_word(depose)


def test_de_nouvelles_dates_se_demandent_et_s_acceptent(client, projet):
    client.force_login(projet.porteur)
    with time_machine.travel(AUTOMNE, tick=False):
        champs = saisie(
            client, projet, issue="reportee", realisation="", nouveau_debut="4/1/2027", nouvelle_fin="bientôt"
        )
        refus = client.post(adresse(projet, "bilan_modifier"), champs)
        assert refus.context["form"]["nouvelle_fin"].value() == "bientôt"
        assert Bilan.objects.get().nouveau_debut == date(2027, 1, 4)
        champs = saisie(
            client, projet, issue="reportee", realisation="", nouveau_debut="4/1/2027", nouvelle_fin="1/8/2027"
        )
        client.post(
            adresse(projet, "bilan_modifier"), champs | {f"ligne_{x.pk}": "" for x in Bilan.objects.get().lignes.all()}
        )
        assert "30 juin 2027" in page(client.get(adresse(projet, "bilan_action", "deposer")))
        Bilan.objects.update(nouvelle_fin=date(2027, 5, 28))
        assert client.post(adresse(projet, "bilan_action", "deposer")).status_code == 302

        client.force_login(fabriques.coordinateur_de(projet))
        vue = page(client.get(adresse(projet)))
        assert "du 4 janvier 2027 au 28 mai 2027" in vue
        assert "Accepter les nouvelles dates…" in vue
        assert "nouvelles dates" in page(client.post(adresse(projet, "bilan_action", "accepter")))
        prolonger = adresse(projet, "bilan_action", "prolonger")
        assert 'value="30/06/2027"' in page(client.get(prolonger))
        assert "la loi ne permet pas plus tard" in page(client.post(prolonger, {"echeance": "01/07/2027"}))
        assert client.post(prolonger, {"echeance": "30/06/2027"}).status_code == 302
        assert Bilan.objects.get().prolonge_au == date(2027, 6, 30)
        client.force_login(projet.porteur)
        assert "Nouvelles dates acceptées" in page(client.get(adresse(projet, "bilan_modifier")))


@pytest.mark.parametrize(("role", "attendu"), [(Role.ADMIN, 302), (Role.PILOTE_VILLE, 403), (Role.OBSERVATEUR, 403)])
def test_qui_rouvre_un_bilan_accepte(client, projet, depose, role, attendu):
    bilans.accepter(depose, par=fabriques.coordinateur_de(projet))
    client.force_login(fabriques.de_role(role))
    rouvrir = adresse(projet, "bilan_action", "rouvrir")
    assert ("Rouvrir…" in page(client.get(adresse(projet)))) == (attendu == 302)
    if attendu == 302:
        assert client.post(rouvrir, {"motif": ""}).status_code == 200
    assert client.post(rouvrir, {"motif": "Une facture fausse."}).status_code == attendu
    assert Bilan.objects.get().statut == (StatutBilan.A_COMPLETER if attendu == 302 else StatutBilan.ACCEPTE)


def test_un_projet_clos_dit_pourquoi_ses_bilans_ne_se_rouvrent_pas(client):
    projet = fabriques.projet_en("clos")
    client.force_login(fabriques.coordinateur_de(projet))
    assert "Rouvrir…" not in page(client.get(adresse(projet)))
    refus = client.post(adresse(projet, "bilan_action", "rouvrir"), {"motif": "x"})
    assert refus.status_code == 409
    assert "Le projet est clos" in page(refus)
