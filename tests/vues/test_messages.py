"""Messages about a project: two threads that never mix, what each person reads, what is told by mail, and what is kept."""

import io
import re
import subprocess
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import messagerie
from projets.documents import bilans_annuels
from projets.enums import Fait, Statut
from projets.messagerie import PAR_HEURE, ecrire_message
from projets.models import Courriel, LectureMessages, Message, MessageImmuable, Passage

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE
SECRET = "Le trésorier nous inquiète : à vérifier avant la troïka"
PUBLIC = "Pouvez-vous préciser le nombre de classes ?"
ECRIVENT_ENTRE_SERVICES = (EN, VILLE, Role.PILOTE_EN, Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE, Role.ADMIN)


@pytest.fixture
def projet(appel):
    return fabriques.projet_en(Statut.DEPOSE)


def connecte(personne):
    client = Client()
    client.force_login(personne if not isinstance(personne, str) else fabriques.de_role(personne))
    return client


def envoyer(client, projet, texte, fil="porteur", **champs):
    donnees = {"texte": texte, "fil": fil, "jeton": uuid.uuid4(), **champs}
    return client.post(reverse("projet_messages", args=[projet.numero]), donnees)


def page(client, projet):
    return client.get(projet.get_absolute_url()).content.decode()


def interne(projet, par=EN, texte=SECRET):
    return ecrire_message(projet, par=fabriques.de_role(par), texte=texte, interne=True)[0]


# --- who writes, who reads ------------------------------------------------------------------------------------------


def test_message_va_et_revient_entre_coordination_et_porteur(projet):
    coordination, porteur = connecte(EN), connecte(projet.porteur)

    reponse = envoyer(coordination, projet, PUBLIC)

    assert reponse.url == f"{projet.get_absolute_url()}#messages-porteur"
    html = page(porteur, projet)
    assert PUBLIC in html
    assert "coordinateur-en@" not in html  # the porteur reads the service, not the agent
    assert "1 message à lire" in html
    assert "1 message à lire" not in page(porteur, projet)  # seen once, no longer new
    envoyer(porteur, projet, "Trois classes de CM1.")
    assert "Trois classes de CM1." in page(coordination, projet)
    assert [m.au_titre_de for m in Message.objects.order_by("pk")] == [Role.COORDINATEUR_EN.label, "Le porteur"]
    assert list(Passage.objects.filter(action=Fait.MESSAGE).order_by("pk").values_list("motif", "pour_services")) == [
        ("Au porteur", True),
        ("Du porteur", True),
    ]


@pytest.mark.parametrize("role", [*Role.values, "porteur", "autre"])
@pytest.mark.parametrize("fil", ["porteur", "interne"])
def test_message_s_ecrit_par_qui_en_a_le_droit(appel, role, fil):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    personne = {"porteur": projet.porteur, "autre": fabriques.utilisateur("autre@example.org")}.get(role, role)

    reponse = envoyer(connecte(personne), projet, SECRET, fil)

    permis = role in ECRIVENT_ENTRE_SERVICES if fil == "interne" else role in (EN, VILLE, "porteur")
    invisible = role in ("autre", Role.AUTORITE_EN)
    assert reponse.status_code == (302 if permis else 404 if invisible else 403)
    assert Message.objects.count() == permis


@pytest.mark.parametrize("role", [*Role.values])
def test_fil_des_services_n_est_lu_que_par_les_services(appel, role):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    interne(projet)

    reponse = connecte(role).get(projet.get_absolute_url())

    lu = reponse.status_code == 200 and SECRET in reponse.content.decode()
    assert lu is (role not in (Role.IEN, Role.AUTORITE_EN))
    formulaires = reponse.status_code == 200 and 'value="interne"' in reponse.content.decode()
    assert formulaires is (role in ECRIVENT_ENTRE_SERVICES)


def test_agent_qui_porte_un_projet_n_en_voit_pas_les_messages_internes(appel):
    agent = fabriques.utilisateur("coordinatrice@example.org", EN, VILLE)
    projet = fabriques.projet_en(Statut.DEPOSE, porteur=agent)
    interne(projet, VILLE)
    client = connecte(agent)

    assert SECRET not in page(client, projet)
    assert envoyer(client, projet, "Et alors ?", "interne").status_code == 403
    assert not Courriel.objects.filter(destinataire=agent.email, texte__contains="trésorier").exists()
    assert not Message.objects.non_lus_par(agent).exists()


# --- nothing internal ever reaches the porteur --------------------------------------------------------------------


def texte_de(octets):
    """Every text of a file: the bytes themselves, what a zip holds, what a PDF says."""
    morceaux = [octets.decode("utf-8", "ignore")]
    if octets.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            morceaux += [texte_de(archive.read(nom)) for nom in archive.namelist()]
    elif octets.startswith(b"%PDF"):
        lu = subprocess.run(["pdftotext", "-", "-"], input=octets, check=True, capture_output=True)
        morceaux.append(lu.stdout.decode())
    return "\n".join(morceaux)


def test_message_interne_n_atteint_jamais_le_porteur_ni_un_export(appel):
    projet = fabriques.projet_en(Statut.VALIDE)
    fabriques.remettre_les_bilans(projet)
    temoin = "trésorier"
    interne(projet)
    interne(projet, Role.PILOTE_PREFECTURE)
    ecrire_message(projet, par=fabriques.de_role(EN), texte=PUBLIC, interne=False)
    porteur, autre = connecte(projet.porteur), connecte(fabriques.utilisateur("autre@example.org"))
    n = projet.numero
    adresses = [
        projet.get_absolute_url(), reverse("suivi"), reverse("bilans"), reverse("bilan", args=[n, 2026]),
        reverse("projet_word", args=[n]), reverse("projet_pdf", args=[n]), reverse("bilan_pdf", args=[n, 2026]),
        reverse("bilan_word", args=[n, 2026]), reverse("depot_confirme", args=[n]), reverse("projet_messages", args=[n]),
    ]  # fmt: skip
    for client in (porteur, autre):
        for adresse in adresses:
            reponse = client.get(adresse, follow=True)
            octets = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
            assert temoin not in texte_de(octets), adresse
            assert "Entre services" not in texte_de(octets), adresse
    assert PUBLIC in page(porteur, projet)

    coordination = connecte(EN)
    for format_ in ("csv", "xlsx", "ods"):
        reponse = coordination.get(reverse("coordination_export", args=[format_]))
        assert temoin not in texte_de(b"".join(reponse.streaming_content)), format_
    for format_ in bilans_annuels.FORMATS:
        sortie = io.BytesIO()
        bilans_annuels.exporter(2026, format_, sortie)
        assert temoin not in texte_de(sortie.getvalue()), format_
    projet.refresh_from_db()
    assert temoin not in str(projet.donnees)
    assert not Passage.objects.filter(motif__contains=temoin).exists()
    assert temoin in page(coordination, projet)


def test_fichiers_des_services_ne_portent_aucun_message(projet):
    """A fiche or a file handed on by an agent says nothing of what was exchanged."""
    interne(projet)
    client = connecte(EN)
    for nom in ("projet_word", "projet_pdf"):
        texte = texte_de(client.get(reverse(nom, args=[projet.numero])).content)
        assert "mare" in texte
        assert "trésorier" not in texte


def test_courriels_d_un_message_vont_aux_bonnes_personnes(projet):
    fabriques.de_role(EN), fabriques.de_role(VILLE)
    pilote = fabriques.de_role(Role.PILOTE_VILLE)
    Courriel.objects.all().delete()

    ecrire_message(projet, par=projet.porteur, texte="Bonjour", interne=False)
    ecrire_message(projet, par=fabriques.de_role(EN), texte=PUBLIC, interne=False)
    ecrire_message(projet, par=pilote, texte="Un avis ?", interne=True)
    ecrire_message(projet, par=fabriques.de_role(EN), texte=SECRET, interne=True)

    recus = {}
    for courriel in Courriel.objects.all():
        if courriel.destinataire.endswith("@example.org"):
            recus.setdefault(courriel.gabarit, []).append((courriel.destinataire, courriel.pour_services))
    ville, en = "coordinateur-ville@example.org", "coordinateur-en@example.org"
    assert [adresse for adresse, _ in recus["message_porteur"]] == [projet.porteur.email]
    assert recus["message_recu"] == [(en, True)]
    # The author never writes to herself; the pilot who took part follows the thread.
    assert sorted(recus["message_interne"]) == sorted([(en, True), (pilote.email, True), (ville, True), (ville, True)])
    au_porteur = Courriel.objects.get(gabarit="message_porteur")
    assert PUBLIC[:-2] in au_porteur.texte
    assert f"{projet.get_absolute_url()}#messages" in au_porteur.texte
    assert not Courriel.objects.filter(destinataire=projet.porteur.email, texte__contains="trésorier").exists()


@pytest.mark.parametrize(
    "forge", [{"interne": "1", "fil": "interne"}, {"interne": "on"}, {"fil": "autre"}, {"fil": ""}]
)
def test_porteur_ne_force_pas_le_fil_des_services(projet, forge):
    envoyer(connecte(projet.porteur), projet, "Bonjour", **{"fil": "porteur", **forge})

    assert not Message.objects.filter(interne=True).exists()


def test_jeton_d_un_autre_n_ouvre_rien(projet):
    secret = interne(projet)

    reponse = envoyer(connecte(projet.porteur), projet, "Bonjour", jeton=secret.jeton)

    assert reponse.status_code == 403
    assert SECRET not in reponse.content.decode()


# --- what is typed ----------------------------------------------------------------------------------------------------


def test_double_clic_n_ecrit_qu_une_fois(projet):
    client, jeton = connecte(EN), uuid.uuid4()

    for _ in range(2):
        assert envoyer(client, projet, PUBLIC, jeton=jeton).status_code == 302

    assert Message.objects.count() == 1
    assert Courriel.objects.filter(gabarit="message_porteur").count() == 1


@pytest.mark.parametrize(
    ("texte", "code"),
    [("", 422), ("  \n\t ", 422), ("\x00", 422), ("é" * 5001, 422), ("é" * 100_000, 422), ("<script>alert(1)</script>", 302),
     ("é" * 5000, 302), ("a\x00b", 422)],
)  # fmt: skip
def test_texte_hostile_ne_casse_rien(projet, texte, code):
    client = connecte(EN)

    reponse = envoyer(client, projet, texte)

    assert reponse.status_code == code
    html = reponse.content.decode() if code == 422 else page(client, projet)
    assert "<script>alert" not in html
    if code == 422 and texte.strip("\x00 \n\t"):
        assert texte.replace("\x00", "") in html.replace("\x00", "")  # nothing typed is lost


@pytest.mark.parametrize("jeton", ["", "abc", "\x00"])
def test_jeton_absurde_garde_le_texte(projet, jeton):
    reponse = envoyer(connecte(EN), projet, PUBLIC, jeton=jeton)

    assert reponse.status_code == 422
    assert PUBLIC in reponse.content.decode()


def test_porteur_qui_ecrit_trop_est_retenu_sans_rien_perdre(projet):
    client = connecte(projet.porteur)
    for rang in range(PAR_HEURE):
        ecrire_message(projet, par=projet.porteur, texte=f"Message {rang}", interne=False)

    reponse = envoyer(client, projet, "Encore un mot")

    html = reponse.content.decode()
    assert reponse.status_code == 429
    assert "Encore un mot" in html
    assert "20 messages sur ce projet en une heure" in html
    Message.objects.update(cree_le=timezone.now() - timedelta(hours=2))
    assert envoyer(client, projet, "Encore un mot").status_code == 302
    for rang in range(PAR_HEURE + 1):  # the services are not held back
        ecrire_message(projet, par=fabriques.de_role(EN), texte=f"Réponse {rang}", interne=False)


def test_session_finie_garde_le_message_pour_son_auteur_seulement(projet):
    """On a shared computer, what an agent typed between services is not given to the porteur who logs in next."""
    client = connecte(EN)
    html = page(client, projet)
    preuve = re.search(r'name="preuve" value="([^"]+)"', html)[1]
    client.logout()

    reponse = envoyer(client, projet, SECRET, "interne", preuve=preuve)

    assert reponse.status_code == 302
    assert reponse.url.startswith(reverse("account_login"))
    assert not Message.objects.exists()
    garde = dict(client.session["message"])
    client.force_login(projet.porteur)
    session = client.session
    session["message"] = garde
    session.save()
    assert SECRET not in page(client, projet)
    client.force_login(fabriques.de_role(EN))
    session = client.session
    session["message"] = garde
    session.save()
    assert SECRET in page(client, projet)
    assert SECRET not in page(client, projet)  # once


@pytest.mark.parametrize("preuve", ["", "abc", "\x00"])
def test_visiteur_sans_preuve_ne_remplit_aucune_session(client, projet, preuve):
    reponse = envoyer(client, projet, SECRET, preuve=preuve)

    assert reponse.status_code == 302
    assert "message" not in client.session


def test_message_ne_se_modifie_ni_ne_s_efface(projet):
    message = interne(projet)

    message.texte = "Autre chose"
    with pytest.raises(MessageImmuable):
        message.save()
    with pytest.raises(MessageImmuable):
        message.delete()


# --- unread ------------------------------------------------------------------------------------------------------------


def test_non_lus_ignorent_les_siens_et_ce_qui_precede_le_compte(projet):
    ancien = interne(projet, VILLE, "Avant")
    Message.objects.filter(pk=ancien.pk).update(cree_le=timezone.now() - timedelta(days=400))
    en = fabriques.de_role(EN)
    interne(projet, EN, "Le mien")
    neuf = interne(projet, VILLE, "Le vôtre")

    assert list(Message.objects.non_lus_par(en)) == [neuf]
    messagerie.marquer_lus(projet, en, messagerie.fils(projet, en))
    assert not Message.objects.non_lus_par(en).exists()
    LectureMessages.objects.update(lu_jusqu_a=10**12)
    messagerie.marquer_lus(projet, en, messagerie.fils(projet, en))
    assert LectureMessages.objects.get().lu_jusqu_a == 10**12  # never goes back


def test_suivi_dit_les_messages_a_lire(projet):
    ecrire_message(projet, par=fabriques.de_role(EN), texte=PUBLIC, interne=False)
    interne(projet)
    client = connecte(projet.porteur)

    assert "1 message de la coordination à lire" in client.get(reverse("suivi")).content.decode()
    client.head(projet.get_absolute_url())  # a look ahead reads nothing
    assert "1 message de la coordination à lire" in client.get(reverse("suivi")).content.decode()
    page(client, projet)
    assert "à lire" not in client.get(reverse("suivi")).content.decode()


def test_fil_long_replie_les_anciens_jamais_les_nouveaux(projet):
    en = fabriques.de_role(EN)
    for rang in range(15):
        ecrire_message(projet, par=en, texte=f"Message {rang}", interne=False)
    (lu,) = messagerie.fils(projet, projet.porteur)
    assert (len(lu.anciens), len(lu.derniers)) == (0, 15)
    messagerie.marquer_lus(projet, projet.porteur, (lu,))
    (lu,) = messagerie.fils(projet, projet.porteur)
    assert (len(lu.anciens), len(lu.derniers)) == (5, 10)


@pytest.mark.parametrize("combien", [1, 3])
def test_page_lit_les_messages_en_un_nombre_constant_de_requetes(projet, combien, django_assert_num_queries):
    for rang in range(combien):
        ecrire_message(projet, par=fabriques.de_role(VILLE), texte=f"Message {rang}", interne=bool(rang % 2))
    en = fabriques.de_role(EN)
    assert en.roles is not None
    with django_assert_num_queries(2):
        messagerie.fils(projet, en)
