"""The list of opinions: queries written for one person show another nothing of it, and say what the ORM would."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Correspondant, Etablissement
from projets import liste_avis, pagination
from projets.enums import SensAvis, Statut, Temps
from projets.liste_avis import Lecture, rendus
from projets.models import AvisIEN, Intervention

from . import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def deux(appel: object) -> list[object]:
    """Two people of one authority, each under a line of the directory."""
    gens = [fabriques.utilisateur(f"{nom}@example.org", Role.IEN) for nom in ("une", "autre")]
    assert [len(qui.lignes) for qui in gens] == [1, 1]
    return gens


def _adresser(avis: AvisIEN, qui: object) -> None:
    AvisIEN.objects.filter(pk=avis.pk).update(correspondant=Correspondant.objects.get(utilisateur=qui))


def test_la_requete_ecrite_pour_l_une_ne_montre_rien_d_elle_a_l_autre(deux):
    une, autre = deux
    attendu, rendu = (
        fabriques.projet_en(statut).avis_ien.get(autorite=Role.IEN) for statut in (Statut.AVIS_IEN, Statut.PRET)
    )
    for avis in (attendu, rendu):
        _adresser(avis, une)
    ecole = Etablissement.objects.first()
    Intervention.objects.filter(projet=rendu.projet, temps=Temps.SCOLAIRE).update(etablissement=ecole)
    lue, rien = Lecture(une), Lecture(autre)
    assert [un.pk for un in lue.attente.attendus] == [attendu.pk]
    assert [un.pk for un in lue.derniers()] == [rendu.pk] == [un.pk for un in rendus(une)]
    assert (lue.nombres().attendus, lue.nombres().rendus, lue.nombres().annees) == (
        1,
        1,
        [timezone.localtime(rendu.rendu_le).year],
    )
    assert lue.ecoles() == [(ecole.pk, ecole.nom)]
    assert not rien.attente.attendus
    assert not rien.derniers()
    assert not rien.ecoles()
    assert not rendus(autre).exists()
    assert (rien.nombres(), rien.nombres().annees) == (liste_avis.Nombres(), [])
    # Who left hands everything over.
    Correspondant.objects.filter(utilisateur=une).update(actif=False)
    assert [un.pk for un in Lecture(autre).attente.attendus] == [attendu.pk]


def test_les_avis_se_comptent_dans_un_index_sans_lire_leurs_lignes(deux):
    lecture = Lecture(deux[0])
    preparee, forme = lecture.requetes.comptes[0]
    texte, parametres = preparee.texte(*lecture.valeurs)
    with connection.cursor() as curseur:
        if connection.vendor == "postgresql":
            curseur.execute("SET LOCAL enable_seqscan = off")
        curseur.execute(f"EXPLAIN {'QUERY PLAN ' * (connection.vendor == 'sqlite')}{forme.format(texte)}", parametres)
        plan = "\n".join(str(ligne[-1]) for ligne in curseur.fetchall())
    assert re.search(r"COVERING INDEX avis_autorite|Index Only Scan using avis_autorite", plan), plan


def test_les_avis_cherches_se_comptent_comme_ils_se_lisent(appel, monkeypatch):
    """However few are counted, and however few of the projects found are looked at first."""
    for _ in range(3):
        fabriques.projet_en(Statut.PRET)
    reserve = AvisIEN.objects.filter(autorite=Role.IEN).first()
    AvisIEN.objects.filter(pk=reserve.pk).update(sens=SensAvis.RESERVE, motif="Un motif.")
    tous = rendus(fabriques.de_role(Role.IEN))
    for avis, texte, combien in (
        (tous, "mare", 3), (tous.filter(sens=SensAvis.RESERVE), "mare", 1), (tous, reserve.projet.numero, 1), (tous, "zzz", 0),
    ):  # fmt: skip
        for borne, premiers in ((2000, 8000), (2, 8000), (2, 1), (1, 1), (3, 2)):
            monkeypatch.setattr(liste_avis, "COMPTE_MAX", borne)
            monkeypatch.setattr(liste_avis, "PREMIERS", premiers)
            page, compte = liste_avis.chercher(avis, texte)
            nombre = compte if isinstance(compte, int) else compte.count()
            assert (len(page), min(nombre, borne)) == (combien, min(combien, borne)), (texte, borne, premiers)


@pytest.mark.une_seule_base
def test_la_liste_s_arrete_la_ou_elle_le_dit_et_se_cherche_au_dela(appel, monkeypatch):
    for _ in range(3):
        fabriques.projet_en(Statut.PRET)
    AvisIEN.objects.filter(autorite=Role.IEN).update(sens=SensAvis.RESERVE, motif="Un motif.")
    for module in ("projets.liste_avis", "projets.views.ien"):
        monkeypatch.setattr(f"{module}.PAR_PAGE", 1)
    for module in (pagination, liste_avis):
        monkeypatch.setattr(module, "COMPTE_MAX", 2)
    liste_avis._requetes.cache_clear()
    client = Client()
    client.force_login(fabriques.de_role(Role.IEN))

    def lire(**filtres: object) -> tuple[str, list[str]]:
        html = client.get(reverse("avis"), filtres).content.decode()
        return html, re.findall(r'<th scope="row"><a href="/avis/(\d+)/', html)

    derniers = [str(pk) for pk in rendus(fabriques.de_role(Role.IEN)).values_list("pk", flat=True)]
    assert len(derniers) == 3
    for page, attendu in ((1, derniers[0]), (2, derniers[1]), (9, derniers[1])):
        html, lus = lire(page=page)
        assert lus == [attendu]
        assert "La liste s’arrête là" in html
    projet = AvisIEN.objects.get(pk=derniers[2]).projet
    html, lus = lire(q=projet.numero, sens="reserve", annee=projet.depose_le.year)
    assert lus == [derniers[2]]
    assert "La liste s’arrête là" not in html
    liste_avis._requetes.cache_clear()
