"""``generer`` makes exactly what it is asked, as sound as what the workflow writes: keys, numbers, journal, pages."""

import json
import re

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, Exists, OuterRef
from django.test import Client
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Structure, Utilisateur
from projets.demonstration.comptes import COMPTES
from projets.enums import Statut
from projets.generation import campagne
from projets.generation.copie import copier
from projets.generation.graphe import ECARTES, tables
from projets.integrite import examiner
from projets.models import AvisIEN, Compteur, Courriel, Depot, Exercice, Passage, Projet, SeanceTroika
from projets.temps_scolaire import parties_scolaires

from . import fabriques

pytestmark = pytest.mark.django_db
NOMBRE = 210
FAMILLES = ("PASSES", "RECENTS", "COURANTS", "SEUL")


def une_de_chaque(patch: pytest.MonkeyPatch) -> None:
    """Each model once: playing again the same ways is most of what a generation costs, and their copies tell them apart no
    better. The families as they are used are played on the first base, by ``genere``."""
    for nom in FAMILLES:
        patch.setattr(campagne, nom, tuple(dict.fromkeys(getattr(campagne, nom))))


def orphelins() -> list[str]:
    """Rows that point to nothing, whatever the database was told not to check."""
    trouves = []
    for modele in apps.get_models(include_auto_created=True):
        for champ in modele._meta.local_concrete_fields:
            if champ.is_relation and modele._meta.managed:
                cible = champ.related_model._base_manager.filter(**{champ.target_field.name: OuterRef(champ.attname)})
                perdus = modele._base_manager.filter(~Exists(cible), **{f"{champ.name}__isnull": False})
                trouves += [f"{modele.__name__}.{champ.name} : {perdus.count()}"] if perdus.exists() else []
    return trouves


INDEX = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()",
}


def index_en_place() -> set[str]:
    """Asked of the catalogue at once: Django would ask column by column, for longer than the generation lasts."""
    copiees = {table.nom for table in tables()}
    with connection.cursor() as curseur:
        curseur.execute(INDEX[connection.vendor])
        return {nom for nom, table in curseur.fetchall() if table in copiees}


@pytest.fixture(scope="class")
def genere(base_de_la_classe: None) -> None:
    """As a great generation is: its indexes taken away, then made again."""
    avant = index_en_place()
    leves = []
    with pytest.MonkeyPatch.context() as a_part:
        if connection.vendor != "sqlite":
            une_de_chaque(a_part)
        a_part.setattr(campagne, "BEAUCOUP", NOMBRE // 2)
        a_part.setattr(campagne, "copier", lambda *args: (leves.append(avant - index_en_place()), copier(*args)))
        call_command("generer", NOMBRE, annees=4)
    assert len(leves[0]) > 50
    assert index_en_place() == avant


def copies_se_tiennent() -> None:
    titres = Projet.objects.values_list("titre", flat=True)
    assert len(set(titres)) > NOMBRE / 3
    for projet in Projet.objects.select_related("porteur", "structure").order_by("-pk")[:60]:
        dossier = projet.contenu
        assert dossier.porteur_courriel == projet.porteur.email
        assert projet.structure is None or projet.structure.nom == dossier.structure_nom
        assert {e.annee for e in projet.exercices.all()} == set(dossier.annees)
        assert [(i.debut, i.fin) for i in projet.interventions.all()] == [
            (i.debut, i.fin) for i in dossier.interventions
        ]
        assert projet.recherche.startswith((projet.numero or "").replace("-", " "))
        assert Projet.objects.chercher(f"{projet.numero or ''} {dossier.structure_nom}").filter(pk=projet.pk).exists()
        if depot := projet.depots.first():
            assert json.dumps(depot.donnees) == json.dumps(projet.donnees) or projet.statut == Statut.A_COMPLETER
        if projet.statut == Statut.AVIS_IEN:  # deposited again without a change, nothing is asked anew
            demandees = {partie.empreinte for partie in parties_scolaires(projet)}
            assert demandees == set(projet.avis_ien.en_vigueur().values_list("empreinte", flat=True))
    secrets = AvisIEN.objects.values_list("secret", flat=True)
    assert len(set(secrets)) == len(secrets)
    doubles = Structure.objects.exclude(siret="").values("siret").annotate(n=Count("pk")).filter(n__gt=1)
    assert not doubles.exists()


def test_generer_s_ajoute_a_ce_qui_est_la_sans_y_toucher(appel, settings, monkeypatch):
    une_de_chaque(monkeypatch)
    settings.DEMO = True
    call_command("demo_donnees")
    avant = list(Projet.objects.order_by("pk").values_list("pk", "numero", "version", "modifie_le"))
    call_command("generer", 40)
    call_command("generer", 7)
    assert Projet.objects.count() == len(avant) + 40 + 7
    assert (
        list(Projet.objects.order_by("pk").values_list("pk", "numero", "version", "modifie_le"))[: len(avant)] == avant
    )
    assert not orphelins()
    assert not examiner().fautes
    assert set(COMPTES) <= set(Utilisateur.objects.values_list("email", flat=True))


def test_generer_refuse_une_base_ou_sont_de_vrais_projets(appel):
    fabriques.brouillon(porteur=fabriques.utilisateur("camille@association.fr"))
    with pytest.raises(CommandError, match="vrais projets"):
        call_command("generer", 10)
    assert Projet.objects.count() == 1
    call_command("generer", 3, parmi_de_vrais_projets=True)
    assert Projet.objects.count() == 4


def test_tables_copiees_sont_celles_qui_menent_a_un_projet():
    copiees = {table.modele for table in tables()}
    assert {Projet, Depot, Passage, SeanceTroika, Projet.parcours.through} <= copiees
    assert not copiees & set(ECARTES)
    menent = {
        modele
        for modele in apps.get_models(include_auto_created=True)
        for champ in modele._meta.local_concrete_fields
        if champ.is_relation and champ.related_model in (Projet, Exercice)
    }
    assert menent - set(ECARTES) <= copiees


@pytest.mark.usefixtures("genere")
class TestSurUneBaseVide:
    """What one generation gives: it plays tens of projects, and is made once for what reads it."""

    def test_generer_ajoute_juste_ce_qu_on_demande_et_rien_ne_cloche(self) -> None:
        assert Projet.objects.count() == NOMBRE
        assert set(Projet.objects.values_list("statut", flat=True)) == set(Statut.values)
        assert not orphelins()
        bilan = examiner()
        assert not bilan.fautes
        assert bilan.chaines == Projet.objects.exclude(depose_le=None).count() + 1  # that of the portal itself

        annee = timezone.localdate().year
        assert set(Exercice.objects.values_list("annee", flat=True)) >= set(range(annee - 3, annee + 1))
        futurs = Passage.objects.filter(le__gt=timezone.now())
        assert not futurs.exists()
        numeros = list(Projet.objects.exclude(numero=None).values_list("numero", "depose_le__year"))
        assert all(numero.startswith(f"{depot}-") for numero, depot in numeros)
        for compteur in Compteur.objects.all():
            rangs = sorted(int(numero[5:]) for numero, _ in numeros if numero.startswith(str(compteur.annee)))
            assert rangs == list(range(1, compteur.dernier + 1))  # neither hole nor double

        copies_se_tiennent()
        # Nobody is written to about a copy, and nobody logs in with an account that was added.
        assert Courriel.objects.exclude(projet=None).values("projet").distinct().count() <= 81
        assert not any(compte.has_usable_password() for compte in Utilisateur.objects.all()[:20])
        # The next project of the portal takes its place after them.
        suivant = fabriques.projet_en(Statut.DEPOSE)
        assert suivant.numero not in dict(numeros)
        assert not examiner().fautes

    @pytest.mark.une_seule_base
    def test_pages_de_projets_generes_s_ouvrent(self) -> None:
        client = Client()
        client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
        derniers = {statut: Projet.objects.filter(statut=statut).order_by("pk").last() for statut in Statut}
        adresses = [p.get_absolute_url() for s, p in derniers.items() if s is not Statut.BROUILLON]
        seances = [f"/troika/{pk}/" for pk in SeanceTroika.objects.order_by("-pk").values_list("pk", flat=True)[:2]]
        for adresse in (*adresses, *seances, "/coordination/", "/troika/", "/bilans/", "/pilotage/"):
            assert client.get(adresse).status_code == 200, adresse
        porteur = Client()
        porteur.force_login(derniers[Statut.BROUILLON].porteur)
        page = porteur.get("/suivi/")
        assert page.status_code == 200
        assert re.search(r"cité \d+", derniers[Statut.BROUILLON].contenu.structure_nom)
