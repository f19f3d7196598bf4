"""Letters: what each says, to whom it is given, and that nothing changes them once they are published."""

import zipfile
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Action, Financeur, SensAvis, SensDecision, Statut
from projets.lettres import Courrier
from projets.models import Appel, Courriel, Decision, Lettre, ModeleLettre, PapierEnTete, Projet, SeanceTroika
from projets.workflow import executer, publier_seance

from ... import fabriques
from ...fabriques import de_role, dossier_complet, dossier_deux_ans, projet_en
from ...lectures import lire_pdf, lire_word
from ...test_documents import ouvrir, verifier_accessible
from .gestes import COORDINATION, client_de, inscrire, page_de, publier

pytestmark = pytest.mark.django_db


def adresse(projet: Projet, nom: str = "lettre_pdf", reference: str = "") -> str:
    return reverse(nom, args=[projet.numero]) + (f"?reference={reference}" if reference else "")


def lire(projet: Projet, reference: str = "") -> str:
    """The letter as its porteur downloads it; PDF and Word say the same."""
    client = client_de(projet.porteur)
    pdf = client.get(adresse(projet, reference=reference))
    word = client.get(adresse(projet, "lettre_word", reference))
    assert (pdf.status_code, word.status_code) == (200, 200)
    for mot in Courrier.depuis_json(Lettre.objects.order_by("-pk")[0].donnees).objet.split():
        assert mot in lire_word(word.content)
    return lire_pdf(pdf.content)


def decide(sens: str, dossier=None, **donnees) -> Projet:
    projet = projet_en(Statut.INSCRIT, dossier)
    fabriques.decider(projet, sens, **donnees)
    publier_seance(projet.seances.get(), par=de_role(COORDINATION))
    projet.refresh_from_db()
    return projet


# --- what they say ----------------------------------------------------------------------------------------------------


@pytest.mark.une_seule_base
def test_lettre_favorable_dit_les_montants_et_ce_qui_est_du(tmp_path):
    montants = {(2026, Financeur.ETAT): Decimal("500.50"), (2026, Financeur.VILLE): Decimal("100"),
                (2027, Financeur.ETAT): Decimal("400")}  # fmt: skip
    projet = decide(SensDecision.VALIDE, dossier_deux_ans(titre="Ateliers & théâtre"), montants=montants)
    texte = lire(projet)
    for attendu in (
        "Objet : votre projet « Ateliers & théâtre » est validé", "Madame, Monsieur,", projet.numero,
        "École des Tilleuls", "500,50 €", "100,00 €", "1000,50 €", "Vous aviez demandé 1100,00 €",
        "un budget révisé", "bilan intermédiaire (mi-parcours) de l’année 2026 au plus tard le 15 décembre 2026",
        "bilan définitif de l’année 2027 au plus tard le 30 juin 2028", "500,00 € HT l’unité",
        Appel.objects.get().phrase_communication.split(",")[0], "considération distinguée",
        "Voies et délais de recours", f"{projet.numero}-L1",
    ):  # fmt: skip
        assert attendu in texte, attendu
    octets = client_de(projet.porteur).get(adresse(projet)).content
    with ouvrir(octets, tmp_path) as pdf:
        verifier_accessible(pdf, str(pdf.docinfo["/Title"]))
        assert f"{projet.numero}-L1" in str(pdf.docinfo["/Title"])


@pytest.mark.une_seule_base
def test_tout_ce_qui_etait_demande_ne_se_conteste_pas():
    texte = lire(decide(SensDecision.VALIDE))
    assert "recours" not in texte
    assert "budget révisé" not in texte


@pytest.mark.une_seule_base
def test_les_autres_lettres_disent_leur_raison_et_la_suite():
    reserves = lire(decide(SensDecision.RESERVES, reserves="Inviter les familles.\nPrévenir le collège."))
    assert "sous les réserves suivantes : Inviter les familles. Prévenir le collège." in reserves
    assert "Voies et délais de recours" in reserves
    ajourne = decide(SensDecision.AJOURNE, motif="Le public est à préciser.")
    texte = lire(ajourne)
    assert "pour le motif suivant : Le public est à préciser." in texte
    assert f"il garde son numéro, {ajourne.numero}" in texte
    assert "Voies et délais de recours" not in texte
    refus = lire(decide(SensDecision.REFUSE, motif="Hors de l’appel."))
    for attendu in ("Hors de l’appel.", "deux mois", "recours gracieux", "tribunal administratif", "telerecours.fr"):
        assert attendu in refus, attendu


@pytest.mark.une_seule_base
def test_hors_temps_scolaire_est_une_condition():
    projet = fabriques.brouillon()
    fabriques.enveloppes()
    fabriques.conduite.mener(projet, Statut.AVIS_IEN, de_role)
    fabriques.rendre_les_avis(projet, SensAvis.DEFAVORABLE, "Trop d’heures prises.")
    executer(projet, Action.INSCRIRE, par=de_role(COORDINATION), seance=fabriques.seance())
    fabriques.decider(projet, hors_temps_scolaire=True)
    publier_seance(projet.seances.get(), par=de_role(COORDINATION))
    projet.refresh_from_db()
    texte = lire(projet)
    assert "hors du temps scolaire seulement" in texte
    assert "Trop d’heures" not in texte, "l’avis est aux services"


def test_un_titre_hostile_reste_du_texte():
    titre = "<b>Mare</b> & « fin » {motif} " + "M" * 80 + " שלום 🎭"
    texte = lire(decide(SensDecision.REFUSE, dossier_complet(titre=titre), motif="<script>alert(1)</script> {titre}"))
    assert "<b>Mare</b> & « fin » {motif}" in texte
    assert "<script>alert(1)</script> {titre}" in texte


# --- for good -----------------------------------------------------------------------------------------------------------


def test_une_lettre_ne_change_plus():
    projet = decide(SensDecision.REFUSE, motif="Hors de l’appel.")
    avant = lire(projet)
    ModeleLettre.objects.update(objet="tout autre chose", corps="{motif}")
    PapierEnTete.objects.update(lieu="Ailleurs", signataires=[], recours="Rien.")
    Appel.objects.update(cite="Une autre cité")
    Decision.objects.update(motif="Autre motif")
    Projet.objects.update(titre="Autre titre", donnees={})
    assert lire(projet) == avant


@pytest.mark.une_seule_base
def test_sans_modele_ni_papier_la_publication_passe():
    ModeleLettre.objects.all().delete()
    PapierEnTete.objects.all().delete()
    texte = lire(decide(SensDecision.REFUSE))
    assert "tribunal administratif compétent" in texte


def test_chaque_seance_a_sa_lettre():
    projet = decide(SensDecision.AJOURNE, motif="Le public est à préciser.")
    executer(projet, Action.DEPOSER, par=projet.porteur)
    executer(projet, Action.DECLARER_COMPLET, par=fabriques.coordinateur_de(projet))
    executer(projet, Action.INSCRIRE, par=de_role(COORDINATION), seance=fabriques.seance())
    fabriques.decider(projet)
    publier_seance(projet.seances.get(publiee_le=None), par=de_role(COORDINATION))
    projet.refresh_from_db()
    assert "est validé" in lire(projet)
    assert "est ajourné" in lire_pdf(
        client_de(projet.porteur).get(adresse(projet, reference=f"{projet.numero}-L1")).content
    )
    page = client_de(projet.porteur).get(projet.get_absolute_url()).content.decode()
    for rang in (1, 2):
        assert f"{adresse(projet, 'lettre_word')}?reference={projet.numero}-L{rang}" in page
    corps = Courriel.objects.filter(gabarit="decision_publiee").order_by("pk").last().texte
    assert f"/projets/{projet.numero}/lettre.pdf?reference={projet.numero}-L2" in corps


# --- rights -------------------------------------------------------------------------------------------------------------


@pytest.mark.une_seule_base
@pytest.mark.parametrize(
    ("qui", "code"),
    [
        ("porteur", 200),
        ("etranger", 404),
        (Role.IEN, 403),
        *((role, 200) for role in Role if role not in (Role.IEN, Role.AUTORITE_EN)),
        (Role.AUTORITE_EN, 404),
    ],
)
def test_la_lettre_est_au_porteur_et_aux_services(qui, code):
    projet = decide(SensDecision.VALIDE)
    personnes = {"porteur": projet.porteur, "etranger": fabriques.utilisateur("autre@example.org")}
    client = client_de(personnes.get(qui) or de_role(qui))
    assert [client.get(adresse(projet, nom)).status_code for nom in ("lettre_pdf", "lettre_word")] == [code] * 2
    assert client.get(adresse(projet, reference="2026-9999-L1")).status_code in (code, 404)
    coordonne = qui in (Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE)
    zip_ = client.get(reverse("troika_lettres", args=[projet.seances.get().pk]))
    assert zip_.status_code == (200 if coordonne else 403)


def test_aucune_lettre_avant_la_publication(coordination: Client, projet: Projet, point):
    fabriques.decider(projet)
    for client in (coordination, client_de(projet.porteur)):
        assert client.get(adresse(projet)).status_code == 404
    page = client_de(projet.porteur).get(projet.get_absolute_url()).content.decode()
    assert "lettre" not in page.lower()
    assert coordination.get(reverse("troika_lettres", args=[point.seance_id])).status_code == 302
    assert not Lettre.objects.exists()


@pytest.mark.une_seule_base
def test_relire_les_lettres_avant_de_publier(coordination: Client, projet: Projet, point):
    tout = reverse("troika_projets_de_lettres", args=[point.seance_id])
    seule = reverse("troika_lettre", args=[point.seance_id, point.pk])
    assert (coordination.get(tout).status_code, coordination.get(seule).status_code) == (302, 404)
    fabriques.decider(projet, SensDecision.REFUSE, motif="Hors de l’appel.")
    autre = inscrire("La chorale", point.seance)
    fabriques.decider(autre.projet)
    pdf = coordination.get(tout)
    texte = lire_pdf(pdf.content)
    assert "Hors de l’appel." in texte
    assert "La chorale" in texte
    assert "(donnée à la publication)" in texte
    with pikepdf.open(BytesIO(pdf.content)) as lu:
        assert str(lu.docinfo["/Title"]) == "Projets de lettres de la séance"
    assert "La chorale" not in lire_pdf(coordination.get(seule).content)
    assert not Lettre.objects.exists()
    for role in (Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.ADMIN, Role.IEN):
        assert {client_de(de_role(role)).get(une).status_code for une in (tout, seule)} == {403}
    # The coordinator who carries one of the projects does not read its letter.
    Projet.objects.filter(pk=projet.pk).update(porteur=de_role(COORDINATION))
    assert "Hors de l’appel." not in lire_pdf(coordination.get(tout).content)
    assert coordination.get(seule).status_code == 404
    page = (
        client_de(de_role(Role.COORDINATEUR_EN)).get(reverse("troika_publier", args=[point.seance_id])).content.decode()
    )
    assert "Relire les lettres" in page
    assert seule in page


@pytest.mark.une_seule_base
def test_l_archive_tient_toutes_les_lettres(coordination: Client, projet: Projet, point):
    autre = inscrire("La chorale", point.seance)
    fabriques.decider(projet)
    fabriques.decider(autre.projet, SensDecision.AJOURNE)
    publier(coordination, point.seance)
    reponse = coordination.get(reverse("troika_lettres", args=[point.seance_id]))
    with zipfile.ZipFile(BytesIO(b"".join(reponse.streaming_content))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            f"{numero}-L1.{extension}"
            for numero in (projet.numero, autre.projet.numero)
            for extension in ("pdf", "docx")
        ] + ["toutes-les-lettres.pdf"]
        tout = lire_pdf(archive.read("toutes-les-lettres.pdf"))
        assert "La chorale" in tout
        assert "Page 1 sur 1" in lire_pdf(archive.read(f"{autre.projet.numero}-L1.pdf"))
    page = coordination.get(page_de(point)).content.decode()
    assert reverse("troika_lettres", args=[point.seance_id]) in page
    assert SeanceTroika.objects.get().points.filter(decision__lettre=None).count() == 0


# --- wording ------------------------------------------------------------------------------------------------------------


def test_un_modele_faux_est_refuse():
    modele = ModeleLettre.objects.get(sens=SensDecision.REFUSE)
    modele.full_clean()
    modele.corps = "Bonjour {prenom}"
    with pytest.raises(ValidationError) as erreur:
        modele.full_clean()
    assert len(erreur.value.message_dict["corps"]) == 2
    modele.corps, modele.objet = "{motif}", "{montants}"
    with pytest.raises(ValidationError, match="n’est pas un mot connu"):
        modele.full_clean()


def test_les_lettres_d_une_longue_seance_se_relisent_en_peu_de_requetes(projet, point, django_assert_max_num_queries):
    from projets.lettres import apercus

    for rang in range(3):
        inscrire(f"Projet {rang}", point.seance)
    for un in Projet.objects.filter(statut=Statut.INSCRIT):
        fabriques.decider(un)
    lecteur = de_role(COORDINATION)
    lecteur.roles  # noqa: B018 - read once per request
    with django_assert_max_num_queries(12):
        assert len(apercus(SeanceTroika.objects.select_related("appel").get(), lecteur)) == 4
