"""What a visitor reads first: the home page, the call on one page, the search, the plan of the site."""

import gzip
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.html import strip_tags

from correspondants.enums import Role
from correspondants.models import Correspondant, Etablissement, Quartier, RegleRoutage
from projets import prises_de_vues
from projets.appel_public import arbres
from projets.enums import Fait, Statut
from projets.journal import consigner
from projets.models import Appel, Objectif, Parcours, Vitrine
from projets.plan_site import PLAN
from projets.recherche import GROUPES
from projets.territoire import a_un_plan, plan
from tests import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def texte_de(reponse) -> str:
    """The words of a page, blanks made one."""
    return " ".join(unescape(strip_tags(reponse.content.decode())).replace("\u00a0", " ").split())


def montrer(projet, resume="Une mare pour observer les grenouilles."):
    """Its porteur consents, the coordination publishes."""
    vitrine = prises_de_vues.consentir(projet, resume, par=projet.porteur)
    prises_de_vues.publier(vitrine, par=fabriques.coordinateur_de(projet), vu=resume)
    return vitrine


@pytest.fixture
def projet(appel):
    return fabriques.projet_en(Statut.VALIDE)


# --- home -------------------------------------------------------------------------------------------------------------


def test_l_accueil_repond_aux_quatre_questions(client, appel):
    page = texte_de(client.get("/"))
    for nature in RegleRoutage.objects.all():
        assert nature.get_nature_display() in page
    for personne in Correspondant.objects.filter(pk__in=RegleRoutage.objects.values("correspondants")):
        assert str(personne) in page
    assert "Toute l’année" in page
    Appel.objects.update(depots_jusqu_au="2027-03-12")
    consigner(None, Fait.REGLAGE_MODIFIE, par=None)
    assert "Jusqu’au 12 mars 2027" in texte_de(client.get("/"))


def test_l_accueil_suit_les_exemples_publies(client, projet):
    assert "Aucun porteur n’a encore montré son projet" in texte_de(client.get("/"))
    vitrine = montrer(projet)
    assert "observer les grenouilles" in texte_de(client.get("/"))
    prises_de_vues.depublier(vitrine, par=projet.porteur)
    assert "grenouilles" not in texte_de(client.get("/"))


@pytest.mark.parametrize("adresse", ["/", "/appel/"])
def test_la_page_de_tous_est_faite_une_fois(client, appel, adresse, django_assert_num_queries):
    premiere = client.get(adresse, headers={"accept-encoding": "br, gzip"})
    with django_assert_num_queries(1):  # the age of the page
        seconde = client.get(adresse, headers={"accept-encoding": "br, gzip"})
    assert seconde["Content-Encoding"] == "gzip"
    assert gzip.decompress(seconde.content) == client.get(adresse).content
    assert seconde.content == premiere.content
    assert {"Cookie", "Accept-Encoding"} <= set(seconde["Vary"].split(", "))
    assert "no-cache" in seconde["Cache-Control"]
    assert "Content-Security-Policy" in seconde
    inchangee = client.get(adresse, headers={"if-none-match": seconde["ETag"]})
    assert (inchangee.status_code, inchangee.content) == (304, b"")
    client.force_login(fabriques.utilisateur())
    page = client.get(adresse)
    assert "Mon compte" in page.content.decode()
    assert "ETag" not in page
    assert "Mon compte" not in Client().get(adresse).content.decode()


# --- the call -----------------------------------------------------------------------------------------------------------


def test_l_appel_dit_tout_ce_que_dit_la_base(client, appel):
    page = texte_de(client.get("/appel/"))
    attendus = [str(un) for un in (*Objectif.objects.all(), *Parcours.objects.all(), *Quartier.objects.all())]
    attendus += [un.nom for un in Etablissement.objects.all()] + [str(un) for un in appel.dispositifs.all()]
    attendus += [*appel.finance_oui, *appel.finance_non, appel.phrase_communication, "500,00 € HT l’unité"]
    absents = [un for un in attendus if " ".join(un.replace("\u00a0", " ").split()) not in page]
    assert not absents
    sommaire = re.findall(r'<a href="#([\w-]+)"', client.get("/appel/").content.decode())
    ancres = set(re.findall(r' id="([^"]+)"', client.get("/appel/").content.decode()))
    assert len(sommaire) > 8
    assert set(sommaire) <= ancres


@pytest.mark.parametrize(
    ("mots", "codes"), [("PARENT", {"1.3.1", "2.2.1", "2.3.2"}), ("decrochage scolaire", {"1.1.3"}), ("zzz", set())]
)
def test_l_arbre_se_filtre_par_mots(client, appel, mots, codes):
    trouves = {f.code for a in arbres(appel, mots) for b in a.branches for f in b.feuilles}
    assert codes <= trouves
    assert len(trouves) < Objectif.objects.count()
    page = client.get("/appel/", {"mots": mots}).content.decode()
    assert set(re.findall(r'id="objectif-([\d.]+)"', page)) == trouves
    assert ("<mark>" in page) == bool(trouves)
    assert "ETag" not in client.get("/appel/", {"mots": mots})


def test_sans_appel_ni_territoire_les_pages_s_ouvrent(client, appel):
    assert a_un_plan()
    Quartier.objects.all().delete()
    assert a_un_plan(), "des niveaux suffisent"
    Etablissement.objects.all().delete()
    assert plan(appel) is None
    assert not a_un_plan()
    assert "Le territoire" not in texte_de(client.get("/appel/"))
    Appel.objects.update(courant=False)
    for adresse in ("/", "/appel/", "/recherche/?q=mare", "/exemples/", "/plan-du-site/"):
        assert Client().get(f"{adresse}{'&' if '?' in adresse else '?'}x=1").status_code == 200


# --- the plan of the cité ---------------------------------------------------------------------------------------------------


def test_le_plan_compte_les_projets_finances_et_eux_seuls(appel, projet):
    ecole = Etablissement.objects.exclude(niveau=None).first()
    un, autre = Quartier.objects.all()[:2]
    projet.quartiers.set([un, autre])
    projet.etablissements.set([ecole])
    en_cours = fabriques.projet_en(Statut.PRET)
    en_cours.quartiers.set([un])
    trace = plan(appel)
    assert trace.total == 1
    assert [ligne.total for ligne in trace.lignes] == [1, 1, *[0] * (Quartier.objects.count() - 2)]
    for ligne in trace.lignes:
        for case in ligne.cases:
            assert case.nombre == (ligne.total and case.colonne.titre == f"Niveau {ecole.niveau}")
            assert 0 < case.colonne.x < trace.largeur
            assert ligne.haut < case.y < ligne.haut + ligne.hauteur <= trace.hauteur


def test_un_projet_hors_des_quartiers_a_sa_ligne(client, appel, projet):
    projet.quartiers.clear()
    projet.etablissements.clear()
    trace = plan(appel)
    assert trace.lignes[-1].total == trace.total == 1
    assert trace.colonnes[-1].titre == "Autres lieux"
    assert "Ailleurs, ou dans toute la commune" in texte_de(client.get("/appel/"))


# --- search -------------------------------------------------------------------------------------------------------------------


def groupes(client, **demande) -> dict[str, int]:
    return {groupe.code: groupe.nombre for groupe in client.get("/recherche/", demande).context["groupes"]}


@pytest.mark.les_deux_bases
def test_la_recherche_trouve_dans_tout_ce_qui_est_public(client, appel, projet):
    montrer(projet)
    assert groupes(client, q="parents")["objectifs"] > 1
    assert groupes(client, q="GRENOUILLE")["exemples"] == 1
    personne = Correspondant.objects.annuaire().exclude(nom="").first()
    assert groupes(client, q=personne.nom)["correspondants"] >= 1
    assert groupes(client, q="siret")["formulaire"] >= 1
    assert groupes(client, q="second facteur")["aide"] >= 1
    assert groupes(client, q="accessibilité")["pages"] >= 1
    assert groupes(client, q=appel.cite)["appel"] >= 1
    page = client.get("/recherche/", {"q": "grenouilles"})
    assert "<mark>grenouille</mark>" in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"
    suite = re.search(r'href="(/exemples/\?[^"]+)#(exemple-\d+)"', page.content.decode())
    assert f'id="{suite[2]}"' in client.get(suite[1].replace("&amp;", "&")).content.decode()


def test_les_projets_ne_se_trouvent_que_par_qui_les_voit(client, projet):
    assert "projets" not in groupes(client, q="mare pédagogique")
    client.force_login(fabriques.utilisateur("etranger@example.org"))
    assert "projets" not in groupes(client, q="mare pédagogique")
    client.force_login(projet.porteur)
    assert groupes(client, q="mare pedagogique")["projets"] == 1
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    assert groupes(client, q=projet.numero)["projets"] == 1


def test_les_adresses_ne_sont_pas_dans_les_resultats(client, appel):
    for personne in Correspondant.objects.annuaire():
        page = client.get(
            "/recherche/", {"q": personne.courriel.partition("@")[0] or personne.fonction}
        ).content.decode()
        assert not re.search(r"[\w.-]+@[\w-]+\.(fr|gouv)", page)
        assert not personne.telephone or personne.telephone not in page


def test_un_genre_de_resultats_se_lit_par_pages(client, appel):
    trouves = groupes(client, q="projet")
    code = max(trouves, key=trouves.get)
    assert trouves[code] > 20
    vus, derniere = [], -(-trouves[code] // 20)
    for page in (1, 2, derniere, 99):
        contexte = client.get("/recherche/", {"q": "projet", "dans": code, "page": page}).context
        (groupe,) = contexte["groupes"]
        assert groupe.nombre == trouves[code]
        vus.append([(str(r.titre), r.adresse) for r in groupe.resultats])
    assert len(vus[0]) == 20
    assert vus[1][0] not in vus[0]
    assert len(vus[2]) == trouves[code] - 20 * (derniere - 1)
    assert vus[3] == vus[2], "au-delà de la dernière page, la dernière"


@pytest.mark.parametrize("q", ["", "a", "\x00", "%", "é" * 5000, "<script>alert(1)</script>", "zzzz introuvable"])
def test_une_recherche_vaine_donne_des_pistes(client, appel, q):
    page = client.get("/recherche/", {"q": q, "dans": "n’importe quoi", "page": "-1"})
    assert "pistes" in page.content.decode()
    assert "<script>alert" not in page.content.decode()


def test_la_recherche_ne_coute_pas_plus_avec_plus_de_projets(client, projet, django_assert_max_num_queries):
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    client.get("/recherche/", {"q": "mare"})
    for _ in range(3):
        fabriques.projet_en(Statut.DEPOSE)
    client.get("/recherche/", {"q": "mare"})
    with django_assert_max_num_queries(11):
        assert groupes(client, q="mare")["projets"] == 4


# --- plan of the site ------------------------------------------------------------------------------------------------------------

# Pages that open without a number and that the plan does not name, each with its reason.
HORS_PLAN = {
    "plan_du_site": "la page elle-même",
    "demonstration": "nommée par le bandeau de la démonstration",
    "second_facteur": "étape imposée, atteinte depuis « Mon compte »",
    "mon_compte_absence": "depuis « Mon compte »",
    "avis_lot": "depuis la liste des avis, cases cochées",
    "coordination_lot": "depuis la liste, cases cochées",
    "sante": "pour les sondes",
}
PREFIXES_HORS_PLAN = (
    "account_",
    "mfa_",
    "socialaccount_",
    "proconnect_",
)  # steps of the accounts, each led to by the last


# Between them they open every page.
@pytest.mark.parametrize("qui", ["visiteur", "porteur", Role.COORDINATEUR_VILLE, Role.IEN, Role.ADMIN])
def test_le_plan_du_site_est_complet_pour_chacun(client, appel, qui):
    if qui != "visiteur":
        compte = fabriques.utilisateur() if qui == "porteur" else fabriques.de_role(qui)
        client.force_login(compte)
    page = client.get("/plan-du-site/").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    oubliees = []
    for nom in get_resolver().reverse_dict:
        if not isinstance(nom, str) or nom in HORS_PLAN or nom.startswith(PREFIXES_HORS_PLAN):
            continue
        try:
            adresse = reverse(nom)
        except NoReverseMatch:
            continue
        reponse = client.get(adresse)
        if reponse.status_code == 200 and "html" in reponse["Content-Type"] and f'href="{adresse}"' not in main:
            oubliees.append(nom)
    assert not oubliees


def test_le_plan_ne_nomme_que_des_pages_qui_existent():
    for rubrique in PLAN:
        for entree in rubrique.entrees:
            assert reverse(entree.nom)
    assert set(HORS_PLAN) <= {nom for nom in get_resolver().reverse_dict if isinstance(nom, str)}
    assert "projets" in GROUPES


# --- for machines ---------------------------------------------------------------------------------------------------


def test_robots_et_liens_partages(client, appel, settings):
    lignes = client.get("/robots.txt").content.decode().splitlines()
    assert "Disallow: /projets/" in lignes
    assert "Disallow: /" not in lignes
    settings.DEMO = True
    assert "Disallow: /" in client.get("/robots.txt").content.decode().splitlines()
    settings.DEMO = False
    for adresse in ("/", "/appel/", "/exemples/"):
        page = client.get(adresse).content.decode()
        assert '<html lang="fr">' in page
        assert f'property="og:title" content="{appel.titre}"' in page
        assert len(re.search(r'name="description" content="([^"]+)"', page)[1]) > 40
    assert client.get("/introuvable/").status_code == 404


def test_une_vitrine_se_retrouve_par_son_titre(projet):
    vitrine = montrer(projet, "Un résumé.")
    vitrine.refresh_from_db()
    assert "mare pedagogique" in vitrine.recherche
    assert "tilleuls" in vitrine.recherche
    assert Vitrine.objects.filter(recherche__contains="mare").exists()
