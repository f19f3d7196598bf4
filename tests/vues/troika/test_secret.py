"""Until the publication the porteur learns nothing: page, chronology, mails, exports, PDF, follow-up, every address."""

import io
import subprocess
import zipfile

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from correspondants.enums import Role
from projets import chronologie
from projets.enums import Action, Fait, SensDecision, Statut, Voix
from projets.models import Courriel, Decision, PointOrdreDuJour, Projet
from projets.workflow import executer, publier_seance

from ... import fabriques
from ...fabriques import de_role, dossier_deux_ans
from .gestes import COORDINATION, client_de, decider, deporter, noter, voter

pytestmark = pytest.mark.django_db

SECRETS = ("CONTRE-EN", "RÉSERVE-SECRÈTE", "NOTE-SECRÈTE", "LIEN-SECRET", "613,37", "613.37")


@pytest.fixture
def delibere(coordination: Client, projet: Projet, point: PointOrdreDuJour) -> Projet:
    """Everything a meeting can hold, pending."""
    voter(client_de(de_role(Role.PILOTE_EN)), point, voix_pilote_en=Voix.CONTRE, motif_pilote_en=SECRETS[0])
    voter(coordination, point, voix_pilote_prefecture=Voix.POUR)
    noter(coordination, point, SECRETS[2])
    deporter(coordination, point, Role.PILOTE_VILLE, SECRETS[3])
    reponse = decider(
        coordination,
        point,
        sens=SensDecision.RESERVES,
        reserves=SECRETS[1],
        montant_2026_etat=SECRETS[4],
        montant_2027_etat="",
    )
    assert reponse.status_code == 302
    projet.refresh_from_db()
    return projet


def adresses_en_lecture(projet: Projet, seance: int, point: int) -> list[str]:
    """Every named address of the portal with the arguments of this project and meeting."""
    valeurs = {"numero": projet.numero, "jeton": projet.jeton, "pk": seance, "point": point, "annee": 2026}
    valeurs |= {"action": Action.RETIRER, "format": "csv"}
    trouvees = set()
    for nom, formes in get_resolver().reverse_dict.lists():
        for forme in formes if isinstance(nom, str) and "logout" not in nom else ():
            try:
                trouvees.add(reverse(nom, kwargs={p: valeurs[p] for p in forme[0][0][1] if p in valeurs}))
            except NoReverseMatch:
                continue
    return sorted(trouvees)


def en_texte(reponse: object) -> str:
    octets = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    if octets.startswith(b"%PDF"):
        return subprocess.run(["pdftotext", "-", "-"], input=octets, capture_output=True, check=True).stdout.decode()
    if zipfile.is_zipfile(io.BytesIO(octets)):
        return _word(octets)
    return octets.decode("utf-8", "replace")


def _word(octets: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return "".join(
            archive.read(nom).decode("utf-8", "replace") for nom in archive.namelist() if nom.endswith("xml")
        )


@pytest.mark.une_seule_base
def test_porteur_ne_lit_rien_a_aucune_adresse(delibere: Projet, point: PointOrdreDuJour):
    client = Client(raise_request_exception=False)
    client.force_login(delibere.porteur)
    lues = 0
    for adresse in adresses_en_lecture(delibere, point.seance_id, point.pk):
        reponse = client.get(adresse)
        texte = en_texte(reponse).replace("\u202f", "")
        assert not [secret for secret in SECRETS if secret in texte], adresse
        assert "réserves" not in texte.lower() or delibere.numero not in adresse, adresse
        lues += reponse.status_code == 200
    assert lues > 10
    fiche = en_texte(client.get(reverse("projet_pdf", args=[delibere.numero])))
    assert delibere.titre in fiche


def test_porteur_ne_voit_ni_pas_ni_courriel_avant_la_publication(delibere: Projet, point: PointOrdreDuJour):
    etapes = chronologie.chronologie(delibere, delibere.porteur)
    assert [etape.titre for etape in etapes if etape.etat == chronologie.EN_COURS] == ["Examen par la troïka"]
    assert not [e for e in etapes if "écision préparée" in e.titre]
    assert set(delibere.passages.filter(action__in=Fait.values).values_list("pour_services", flat=True)) == {True}
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()
    for courriel in Courriel.objects.all():
        assert not [secret for secret in SECRETS if secret in courriel.objet + courriel.texte + courriel.html]
    publier_seance(point.seance, par=de_role(COORDINATION))
    page = client_de(delibere.porteur).get(delibere.get_absolute_url()).content.decode()
    assert SECRETS[1] in page  # the reservations are written for the porteur; the deliberation never is
    assert not [secret for secret in (SECRETS[0], *SECRETS[2:4]) if secret in page]


@pytest.mark.une_seule_base
def test_porteur_qui_est_aussi_pilote_n_en_apprend_pas_plus():
    """A pilot who carries the project: neither the page of the meeting, nor that of the project, nor the dashboard."""
    mien = fabriques.projet_en(Statut.INSCRIT, dossier_deux_ans(titre="Le mien"), porteur=de_role(Role.PILOTE_VILLE))
    point = mien.points.get()
    fabriques.donner_les_voix(mien)
    executer(mien, Action.DECIDER, par=de_role(COORDINATION), sens=SensDecision.REFUSE, motif=SECRETS[0])
    client = client_de(de_role(Role.PILOTE_VILLE))
    for adresse in adresses_en_lecture(mien, point.seance_id, point.pk):
        assert SECRETS[0] not in en_texte(client.get(adresse)), adresse
    assert Decision.objects.get().motif == SECRETS[0]
