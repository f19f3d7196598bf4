"""The overview of a civil year: figures known by hand, rights, exports."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.urls import reverse

from correspondants.enums import Role
from projets import cumuls
from projets.enums import Action, Fait
from projets.journal import consigner
from projets.models import Objectif, Projet
from projets.repartitions import Filtre
from projets.statistiques import annee_civile
from projets.workflow import executer

from .. import annee_connue as connue
from .. import fabriques

pytestmark = pytest.mark.django_db
VOIENT = [
    Role.COORDINATEUR_EN,
    Role.COORDINATEUR_VILLE,
    Role.PILOTE_EN,
    Role.PILOTE_PREFECTURE,
    Role.PILOTE_VILLE,
    Role.ADMIN,
]
EXPORTENT = [Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE, Role.ADMIN]
REQUETES_TABLEAU = 21  # of which ten are the words of the call, kept for a moment whatever happens


def test_les_sommes_de_l_annee_connue():
    connue.construire()
    annee = annee_civile(2026, date(2026, 12, 31))
    assert annee.total.accorde == connue.ACCORDE
    assert (annee.total.projets, annee.total.valides, annee.total.demande) == (4, 3, Decimal("3700.00"))
    assert annee.total.enfants == annee.publics.prevus == connue.ENFANTS_PREVUS
    assert (annee.publics.filles, annee.publics.garcons) == (12, 13)
    assert annee.justifie == connue.JUSTIFIE
    par_financeur = {f.libelle: f.engage for f in annee.financements}
    assert par_financeur == {"État (préfecture)": connue.ACCORDE_ETAT, "Ville": connue.ACCORDE_VILLE}
    assert annee.financement_total.engage == connue.ACCORDE
    assert annee.financement_total.reste == annee.financement_total.vote - connue.ACCORDE


def test_chaque_repartition_additive_redonne_le_total():
    connue.construire()
    annee = annee_civile(2026)
    for tableau in annee.tableaux:
        if tableau.additif:
            assert tableau.total.accorde == connue.ACCORDE, tableau.code
            assert tableau.total.projets == 4, tableau.code


def test_la_couverture_nomme_tous_les_objectifs_et_ceux_sans_projet(appel):
    fabriques.projet_en("valide")
    objectifs = annee_civile(2026).objectifs
    total = Objectif.objects.filter(enjeu__thematique__appel=appel).count()
    assert len(objectifs.rangs) == total
    assert len(objectifs.sans_projet) == total - 1


def test_un_projet_de_plusieurs_parcours_compte_dans_chacun_sans_gonfler_le_total(appel):
    codes = tuple(appel.parcours.values_list("code", flat=True)[:3])
    fabriques.projet_en("valide", fabriques.dossier_complet(parcours=codes))
    annee = annee_civile(2026)
    parcours = next(tableau for tableau in annee.tableaux if tableau.code == "parcours")
    assert [rang.accorde for rang in parcours.rangs if rang.projets] == [Decimal(1000)] * 3
    assert annee.total.accorde == Decimal(1000)


def test_deux_etablissements_d_un_meme_niveau_comptent_une_fois():
    from correspondants.models import Etablissement

    niveau = Etablissement.objects.filter(niveau=1).first()
    autre = Etablissement.objects.create(code="autre-niveau-1", nom="Autre", degre="second", niveau=1)
    fabriques.projet_en("valide", fabriques.dossier_complet(etablissements=(niveau.code, autre.code)))
    niveaux = next(tableau for tableau in annee_civile(2026).tableaux if tableau.code == "niveaux")
    assert (niveaux.rangs[0].projets, niveaux.rangs[0].accorde) == (1, Decimal(1000))


def test_une_decision_en_attente_n_est_pas_accordee():
    projet = fabriques.projet_en("inscrit")
    fabriques.decider(projet)
    annee = annee_civile(2026)
    assert annee.total.accorde == 0
    assert annee.financement_total.en_attente == Decimal(1000)


def test_un_retire_n_est_ni_demande_ni_couvert():
    fabriques.projet_en("retire")
    annee = annee_civile(2026)
    assert annee.total.projets == 0
    assert {c.code: c.nombre for c in annee.statuts}["retire"] == 1


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.une_seule_base
def test_qui_voit_et_qui_exporte(client, role):
    client.force_login(fabriques.de_role(role))
    reponse = client.get(reverse("pilotage"))
    assert reponse.status_code == (200 if role in VOIENT else 403)
    export = client.get(reverse("exporter_bilans", args=[2026, "csv"]))
    export.close()
    assert export.status_code == (200 if role in EXPORTENT else 403)
    if role in VOIENT:
        assert ("Tableau CSV" in reponse.content.decode()) == (role in EXPORTENT)


@pytest.mark.une_seule_base
def test_un_porteur_et_un_inconnu_restent_dehors(client):
    assert client.get(reverse("pilotage")).status_code == 302
    client.force_login(fabriques.utilisateur())
    assert client.get(reverse("pilotage")).status_code == 403
    assert client.get(reverse("exporter_bilans", args=[2026, "xlsx"])).status_code == 403


def test_la_page_dit_les_memes_totaux_que_les_fichiers(client):
    connue.construire()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    page = client.get(reverse("pilotage"), {"annee": "2026"}).content.decode()
    page = page.replace("\u202f", "").replace("\u00a0", "")
    for attendu in ("2550,55€", "1300,00€", "1250,55€", "1000,00€"):
        assert attendu in page
    reponse = client.get(reverse("exporter_bilans", args=[2026, "csv"]))
    csv = b"".join(reponse.streaming_content).decode("utf-8-sig")
    reponse.close()
    assert ";2550,55;" in csv.splitlines()[-1]


@pytest.mark.parametrize("annee", ["", "x", "2019", "-1", "99999999999"])
def test_une_annee_inconnue_montre_l_annee_en_cours(client, annee):
    client.force_login(fabriques.de_role(Role.PILOTE_VILLE))
    assert client.get(reverse("pilotage"), {"annee": annee}).status_code == 200


@pytest.mark.parametrize(
    ("annee", "code"), [(2026, "scdl"), (2026, "zip"), (2026, "exe"), (1999, "csv"), (99999, "csv")]
)
def test_un_export_qui_n_existe_pas(client, annee, code):
    client.force_login(fabriques.de_role(Role.ADMIN))
    assert client.get(f"/pilotage/bilans-{annee}.{code}").status_code == 404


# The formats are written from the same rows: one of them reads these on the second base too.
@pytest.mark.parametrize(
    "code", ["xlsx", *(pytest.param(un, marks=pytest.mark.une_seule_base) for un in ("ods", "csv", "pdf"))]
)
def test_chaque_format_se_telecharge(client, code):
    fabriques.projet_en("clos")
    client.force_login(fabriques.de_role(Role.ADMIN))
    reponse = client.get(reverse("exporter_bilans", args=[2026, code]))
    assert reponse.headers["Content-Disposition"] == f'attachment; filename="bilans-2026.{code}"'
    assert b"".join(reponse.streaming_content)
    reponse.close()


@pytest.mark.parametrize("nombre", [1, 3])
def test_le_nombre_de_requetes_est_constant(client, nombre, django_assert_num_queries):
    for _ in range(nombre):
        fabriques.projet_en("clos")
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    client.get(reverse("pilotage"))
    caches["memoire"].clear()
    with django_assert_num_queries(REQUETES_TABLEAU):
        client.get(reverse("pilotage"), {"annee": "2026"})
    with django_assert_num_queries(5):  # what was added up is kept until something happens
        client.get(reverse("pilotage"), {"annee": "2026"})
    projet = Projet.objects.first()
    autre = fabriques.projet_en("depose")
    executer(autre, Action.RETIRER, par=autre.porteur)
    cumuls.tenir_a_jour()
    with django_assert_num_queries(11):
        client.get(reverse("pilotage"), {"annee": "2026"})
    consigner(projet, Fait.MESSAGE, par=projet.porteur, motif="Un mot.")
    Projet.objects.filter(pk=projet.pk).update(nombre_enfants=4)
    with django_assert_num_queries(18 + (connection.vendor == "postgresql")):  # folded by who reads, under a lock
        client.get(reverse("pilotage"), {"annee": "2026"})


@pytest.mark.une_seule_base
def test_sur_cette_page_mene_a_chaque_partie(client):
    thematique = fabriques.projet_en("valide").objectif_principal.enjeu.thematique_id
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    for filtre in ({}, {"thematique": str(thematique)}):
        page = client.get(reverse("pilotage"), {"annee": "2026", **filtre}).content.decode()
        liens = re.findall(r'<li><a href="#([^"]+)"', page)
        assert ("enveloppes" in liens) == (not filtre)
        assert {"exports", "annees", "publics", "couverture"} <= set(liens)
        assert [lien for lien in liens if page.count(f' id="{lien}"') != 1] == []


def test_les_chiffres_retenus_suivent_ce_qui_se_passe(client):
    projet = fabriques.projet_en("depose")
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    avant = client.get(reverse("pilotage"), {"annee": "2026"}).content
    executer(projet, Action.RETIRER, par=projet.porteur)
    assert client.get(reverse("pilotage"), {"annee": "2026"}).content != avant


# --- filters ------------------------------------------------------------------------------------------------------------


def test_un_filtre_ne_compte_que_ses_projets_et_ne_double_rien(client):
    _, b, _ = connue.construire()
    quartiers = list(b.quartiers.model.objects.all()[:2])
    b.quartiers.set(quartiers)
    thematique = b.objectif_principal.enjeu.thematique
    filtre = Filtre(thematique, quartiers[0])
    annee = annee_civile(2026, date(2026, 12, 31), filtre)
    assert (annee.total.projets, annee.total.accorde, annee.justifie) == (1, Decimal(1000), Decimal(1000))
    assert annee.tableau("financeurs").total.accorde == Decimal(1000)
    assert (annee.publics.prevus, annee.publics.filles, annee.financements) == (25, 12, ())
    assert sum(compte.nombre for compte in annee.statuts) == 1
    client.force_login(fabriques.de_role(Role.PILOTE_VILLE))
    page = client.get(
        reverse("pilotage"), {"annee": "2026", "thematique": thematique.pk, "quartier": quartiers[0].pk}
    ).content.decode()
    assert str(quartiers[0]) in page
    assert "Les enveloppes, communes" in page
    assert "Aucune enveloppe" not in page


@pytest.mark.parametrize("valeur", ["x", "-1", "9" * 40, "\x00"])
def test_un_filtre_inconnu_ne_filtre_rien(client, valeur):
    fabriques.projet_en("clos")
    client.force_login(fabriques.de_role(Role.PILOTE_VILLE))
    page = client.get(reverse("pilotage"), {"annee": "2026", "thematique": valeur, "quartier": valeur}).content.decode()
    assert "Voir tous les projets" not in page


@pytest.mark.une_seule_base
def test_chaque_graphique_a_son_tableau_a_cote(client):
    connue.construire()
    client.force_login(fabriques.de_role(Role.PILOTE_EN))
    page = client.get(reverse("pilotage"), {"annee": "2026"}).content.decode()
    morceaux = page.split('class="graphique-et-tableau"')[1:]
    assert len(morceaux) >= 8
    for morceau in morceaux:
        cadre = morceau[: morceau.index("</table>")]
        assert cadre.count("<svg class=") == 1
        assert cadre.index("<svg class=") < cadre.index("<table")
    identifiants = re.findall(r'\sid="([^"]+)"', page)
    assert len(identifiants) == len(set(identifiants))
