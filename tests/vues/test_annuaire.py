"""The directory: two questions, one answer; addresses that a robot does not gather."""

import pytest
from django.urls import reverse

from correspondants.enums import NaturePorteur
from correspondants.models import Correspondant, RegleRoutage
from correspondants.orientation import Destination, TempsScolaire
from projets.models import Appel
from tests import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def page(client, **reponses):
    return client.get(reverse("correspondants"), reponses)


@pytest.mark.parametrize("nature", NaturePorteur)
@pytest.mark.parametrize("temps", TempsScolaire)
def test_deux_questions_disent_qui_suit_le_projet_et_qui_donne_un_avis(client, nature, temps):
    texte = page(client, nature=nature, temps=temps).content.decode()
    regle = RegleRoutage.objects.get(nature=nature)
    assert f"est suivi par\u00a0: {regle.get_role_display()}" in texte
    for personne in regle.correspondants.all():
        assert f"<strong>{personne}</strong>" in texte
    assert ("n’examine le projet qu’une fois cet avis rendu" in texte) == (temps != TempsScolaire.NON)


def test_la_regle_qui_ne_nomme_personne_donne_la_coordination():
    regle = RegleRoutage.objects.get(nature=NaturePorteur.ECOLE)
    regle.correspondants.clear()
    trouvee = Destination.de(NaturePorteur.ECOLE, TempsScolaire.NON)
    assert set(trouvee.coordinateurs) == set(Correspondant.objects.joignables_pour(regle.role))
    assert trouvee.coordinateurs


def test_sans_regle_on_depose_quand_meme(client):
    RegleRoutage.objects.all().delete()
    assert "Personne n’est encore désigné" in page(client, nature="ecole", temps="non").content.decode()


@pytest.mark.parametrize("reponses", [{"nature": "ecole"}, {"temps": "non"}, {"nature": "\x00", "temps": "oui"}])
def test_une_reponse_qui_manque_est_demandee(client, reponses):
    reponse = page(client, **reponses)
    assert reponse.status_code == 200
    assert "Il manque une réponse" in reponse.content.decode()


def test_le_visiteur_demande_les_coordonnees(client):
    adresses = list(Correspondant.objects.annuaire().exclude(courriel="").values_list("courriel", flat=True))
    assert adresses
    for url in (reverse("correspondants"), reverse("correspondants") + "?nature=association&temps=non", "/", "/appel/"):
        texte = client.get(url).content.decode()
        assert not [une for une in adresses if une in texte], url
    suite = client.post(reverse("correspondants") + "?nature=association&temps=non")
    assert suite.url == reverse("correspondants") + "?nature=association&temps=non#liste"
    reponse = client.get(suite.url)
    assert all(une in reponse.content.decode() for une in adresses)
    assert "noindex" in reponse["X-Robots-Tag"]
    assert "private" in reponse["Cache-Control"]


def test_qui_a_un_compte_les_voit(client):
    client.force_login(fabriques.utilisateur("porteur@example.org"))
    une = Correspondant.objects.annuaire().exclude(courriel="").first().courriel
    assert une in page(client).content.decode()


def test_le_texte_de_l_appel_ne_perd_que_les_adresses(client):
    Appel.objects.update(texte_depot="Écrire à <b>Ada</b> : ada@exemple.fr / grace.h@exemple.gouv.fr, avant midi.")
    texte = client.get("/appel/").content.decode()
    assert "@exemple" not in texte
    assert (
        'Écrire à &lt;b&gt;Ada&lt;/b&gt; : <a href="/correspondants/#liste">adresses dans l’annuaire</a>, avant midi.'
        in texte
    )
