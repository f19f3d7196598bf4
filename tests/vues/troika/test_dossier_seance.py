"""The opening pack and the minutes: facts in both formats, nothing of the deliberations where they do not belong."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from correspondants.enums import Role
from projets import bilans, salle
from projets.documents import compte_rendu, dossier_seance
from projets.documents.pdf import rendre_blocs
from projets.enums import Action, EtatPresence, SensAvis, SensDecision, Statut
from projets.models import AvisIEN, AvisTroika, PointOrdreDuJour, PresenceSeance, Projet, SeanceTroika
from projets.workflow import executer, publier_seance

from ... import annee_connue, fabriques
from ...fabriques import de_role, dossier_complet, dossier_deux_ans, projet_en
from ...lectures import lire_pdf, lire_word, mots
from ...test_documents import ouvrir, verifier_accessible
from .gestes import COORDINATION, client_de, inscrire

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
DOCUMENTS = ("troika_dossier", "troika_dossier_word", "troika_compte_rendu", "troika_compte_rendu_word")


def les_deux(client: Client, nom: str, seance_id: int) -> str:
    """What the PDF of a document says, once the Word file was seen to say the same words."""
    pdf = lire_pdf(client.get(reverse(nom, args=[seance_id])).content)
    word = lire_word(client.get(reverse(f"{nom}_word", args=[seance_id])).content)
    assert {mot for mot in mots(word) if len(mot) < 60} <= mots(pdf)  # longer ones are cut at the ends of lines
    return pdf


def textes(imprime) -> str:
    return repr(imprime.blocs).replace("\\u202f", "").replace("\\xa0", " ")


@pytest.mark.parametrize("role", [None, *Role])
def test_les_documents_sont_a_qui_voit_les_seances(role, point):
    personne = de_role(role) if role else point.projet.porteur
    client = client_de(personne)
    permis = role not in (None, Role.IEN, Role.AUTORITE_EN)
    noms = DOCUMENTS if role == Role.OBSERVATEUR else ("troika_dossier_word", "troika_compte_rendu_word")
    codes = {client.get(reverse(nom, args=[point.seance_id])).status_code for nom in noms}
    assert codes == {200 if permis else 403}
    assert client.get(reverse("troika_dossier_word", args=[10**6])).status_code == (404 if permis else 403)


def test_le_dossier_de_seance_dit_tout_et_ne_delibere_pas(coordination, projet, point, tmp_path):
    ancien = projet_en(Statut.VALIDE, dossier_complet(titre="L’an dernier"), porteur=projet.porteur)
    bilan = annee_connue.remplir(ancien, 2026, {}, filles=3, garcons=4)
    bilans.deposer(bilan, par=ancien.porteur)
    AvisIEN.objects.filter(projet=projet).update(sens=SensAvis.RESERVE, motif="Pas le lundi matin.")
    fabriques.donner_les_voix(projet)
    AvisTroika.objects.update(motif="Voix secrète.")
    fabriques.decider(projet, SensDecision.REFUSE, motif="Décision secrète.")
    texte = les_deux(coordination, "troika_dossier", point.seance_id)
    for attendu in (
        "Ateliers théâtre", projet.numero, "Hôtel de ville", "1100,00 €", "700,00 €", "400,00 €", "Voté", "100000,00 €",
        "Déjà accordé", "1000,00 €", "10 min", "Fin prévue", "25 enfants et jeunes", "Pas le lundi matin.",
        "favorable avec réserves", "ien@example.org", "78 %", "56,00 €", "L’an dernier", "7 sur 25 prévus",
        "Notes", "Pilote préfecture", "Ateliers", "École des Tilleuls",
    ):  # fmt: skip
        assert attendu in texte, attendu
    assert "secrète" not in texte
    octets = coordination.get(reverse("troika_dossier", args=[point.seance_id])).content
    with ouvrir(octets, tmp_path) as pdf:
        verifier_accessible(pdf, str(pdf.docinfo["/Title"]))
        with pdf.open_outline() as plan:
            assert [str(une.title) for une in plan.root[0].children][-1] == "1. Ateliers théâtre"
    # The reader who carries the project reads neither the opinions nor the remarks.
    Projet.objects.filter(pk=projet.pk).update(porteur=de_role(COORDINATION))
    mien = textes(dossier_seance.composer(SeanceTroika.objects.get(pk=point.seance_id), de_role(COORDINATION)))
    assert "Ateliers théâtre" in mien
    assert "Pas le lundi" not in mien
    assert "Vous portez ce projet" in mien


def test_un_ordre_du_jour_vide_et_un_dossier_hostile(coordination):
    seance = fabriques.seance(lieu="")
    assert "L’ordre du jour est vide" in les_deux(coordination, "troika_dossier", seance.pk)
    assert "Projets examinés" in les_deux(coordination, "troika_compte_rendu", seance.pk)
    titre = "<img src=x> & « t » " + "M" * 150 + " שלום 🎭"
    inscrire(titre, seance)
    assert "<img src=x> & « t »" in les_deux(coordination, "troika_dossier", seance.pk)


@pytest.mark.parametrize("composer", [dossier_seance.composer, compte_rendu.composer])
def test_un_long_ordre_du_jour_coute_autant_de_requetes(composer, point):
    lecteur = de_role(COORDINATION)
    lecteur.roles  # noqa: B018 - read once per request

    def compter() -> int:
        with CaptureQueriesContext(connection) as requetes:
            composer(SeanceTroika.objects.select_related("appel", "publiee_par").get(), lecteur)
        return len(requetes)

    fabriques.decider(point.projet)
    compter()  # what a process reads once and keeps
    une = compter()
    for rang in range(3):
        fabriques.decider(inscrire(f"Projet {rang}", point.seance).projet)
    assert compter() == une
    assert une < 45


# --- minutes --------------------------------------------------------------------------------------------------------


@pytest.fixture
def seance_tenue(projet: Projet, point: PointOrdreDuJour) -> SeanceTroika:
    """Attendance, one withdrawal, notes, a decision with reservations: pending."""
    coordination, seance = de_role(COORDINATION), point.seance
    PresenceSeance.objects.create(
        seance=seance, pilote=Role.PILOTE_EN, etat=EtatPresence.EXCUSE, nom="La principale", par=coordination,
        represente_par="Le principal adjoint",
    )  # fmt: skip
    PresenceSeance.objects.create(
        seance=seance, pilote=Role.PILOTE_VILLE, etat=EtatPresence.PRESENT, nom="L’élu", par=coordination
    )
    SeanceTroika.objects.filter(pk=seance.pk).update(autres_presents="La conseillère pédagogique")
    fabriques.donner_les_voix(projet)
    salle.deporter(point, Role.PILOTE_PREFECTURE, "Membre du bureau.", coordination)
    AvisTroika.objects.filter(pilote=Role.PILOTE_VILLE).update(motif="Un très beau projet.")
    PointOrdreDuJour.objects.update(notes="On a parlé des familles.")
    projet.refresh_from_db()
    executer(
        projet, Action.DECIDER, par=coordination, sens=SensDecision.RESERVES, reserves="Inviter les familles.",
        montants={(e.annee, "etat"): e.montant_demande for e in projet.exercices.all()},
    )  # fmt: skip
    return SeanceTroika.objects.get(pk=seance.pk)


FAITS = (
    "Excusé, La principale, représenté par Le principal adjoint", "Présent, L’élu", "non notée",
    "La conseillère pédagogique", "Un très beau projet.", "Déport, Pilote préfecture :", "Membre du bureau.",
    "On a parlé des familles.", "Réserves : Inviter les familles.", "validé sous réserves", "État (préfecture) : 700,00 €",
    "400,00 €", "Enveloppes après la séance", "99300,00 €", "99600,00 €",
)  # fmt: skip


def test_le_compte_rendu_dit_presences_voix_deports_et_enveloppes(coordination, seance_tenue):
    provisoire = les_deux(coordination, "troika_compte_rendu", seance_tenue.pk)
    assert "provisoire" in provisoire
    for attendu in FAITS:
        assert attendu in provisoire, attendu
    publier_seance(seance_tenue, par=de_role(COORDINATION))
    definitif = les_deux(coordination, "troika_compte_rendu", seance_tenue.pk)
    assert "provisoire" not in definitif
    for attendu in FAITS:
        assert attendu in definitif, attendu
    # What later meetings give does not change what was left after this one.
    projet_en(Statut.VALIDE, dossier_deux_ans(titre="Plus tard"))
    assert "99300,00 €" in textes(
        compte_rendu.composer(SeanceTroika.objects.get(pk=seance_tenue.pk), de_role(COORDINATION))
    )


def test_le_provisoire_tait_la_decision_a_qui_porte_le_projet(projet, seance_tenue):
    Projet.objects.filter(pk=projet.pk).update(porteur=de_role(Role.OBSERVATEUR))
    lu = textes(compte_rendu.composer(SeanceTroika.objects.get(pk=seance_tenue.pk), de_role(Role.OBSERVATEUR)))
    for tu in ("réserves", "familles", "700,00", "beau projet", "Membre du bureau", "99300"):
        assert tu not in lu, tu
    assert "ne vous sont pas montrées" in lu
    assert rendre_blocs(compte_rendu.composer(SeanceTroika.objects.get(pk=seance_tenue.pk), de_role(Role.OBSERVATEUR)))
