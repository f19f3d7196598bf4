"""The acknowledgement of a deposit: what it says, in PDF and in Word, and to whom it is given."""

import io

import docx
import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets.blocs import Faits, Tableau
from projets.documents.accuse import accuse, moment
from projets.enums import Statut
from projets.interlocuteurs import interlocuteurs
from projets.models import Courriel

from .. import fabriques
from .parcours import connecte

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def adresses(projet):
    return [reverse(nom, args=[projet.numero]) for nom in ("accuse_pdf", "accuse_word")]


@pytest.mark.parametrize(
    ("role", "code"), [(Role.COORDINATEUR_EN, 200), (Role.OBSERVATEUR, 200), (Role.IEN, 403), (None, 404)]
)
def test_il_est_au_porteur_et_aux_services(appel, monkeypatch, role, code):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    monkeypatch.setattr("projets.views.accuse.rendre_blocs", lambda imprime: b"%PDF")
    personne = fabriques.de_role(role) if role else fabriques.utilisateur("autre@example.org")
    assert [connecte(personne).get(adresse).status_code for adresse in adresses(projet)] == [code] * 2


def test_il_dit_le_numero_l_heure_les_sommes_l_empreinte_et_qui_appeler(appel):
    projet = fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_deux_ans())
    depot = projet.depots.get()
    imprime = accuse(projet, depot, interlocuteurs(projet))
    faits = {libelle: valeur for bloc in imprime.blocs if isinstance(bloc, Faits) for libelle, valeur in bloc.couples}
    assert faits["Numéro"] == projet.numero
    assert faits["Déposé le"] == moment(depot.cree_le)
    assert faits["Empreinte du fichier (SHA-256)"].replace("\n", "") == projet.piece_dossier.sha256
    sommes, personnes = (bloc for bloc in imprime.blocs if isinstance(bloc, Tableau))
    assert [rangee[1] for rangee in sommes.rangees] == ["700,00\u00a0€", "400,00\u00a0€", "1\u202f100,00\u00a0€"]
    assert sommes.total
    assert all(rangee[0] for rangee in personnes.rangees)


def test_le_pdf_est_accessible_et_le_word_se_lit(appel):
    projet = fabriques.projet_en(Statut.DEPOSE)
    client = connecte(projet.porteur)
    pdf, word = (client.get(adresse) for adresse in adresses(projet))
    assert pdf["Content-Disposition"].endswith(f'{projet.numero}-accuse-de-reception.pdf"')
    with pikepdf.open(io.BytesIO(pdf.content)) as lu:
        assert lu.Root.MarkInfo.Marked
        assert b"pdfuaid" in lu.Root.Metadata.read_bytes()
    texte = " ".join(p.text for p in docx.Document(io.BytesIO(word.content)).element.body.iter() if p.text)
    assert projet.numero in texte
    assert str(timezone.localdate().year) in texte


def test_il_est_lie_du_courriel_de_la_confirmation_et_de_la_page(appel):
    projet = fabriques.projet_en(Statut.DEPOSE)
    client = connecte(projet.porteur)
    assert adresses(projet)[0] in Courriel.objects.get(gabarit="accuse_reception").texte
    for page in (reverse("depot_confirme", args=[projet.numero]), projet.get_absolute_url()):
        html = client.get(page).content.decode()
        assert all(f'href="{adresse}"' in html for adresse in adresses(projet))
