"""The coordination desk: who enters, what it counts, filters, order, export, and entries on an agenda by lot."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Etablissement, Quartier
from projets import bilans
from projets.enums import Action, Statut
from projets.models import AvisIEN, Enjeu, Parcours, Passage, Projet, Thematique
from projets.views.coordination import cellule_sure
from projets.workflow import executer

from .. import fabriques

pytestmark = pytest.mark.django_db

EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE
LECTEURS = [EN, VILLE, Role.PILOTE_EN, Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.ADMIN]


@pytest.fixture
def entrer(client):
    def _entrer(qui):
        client.force_login(fabriques.de_role(qui))
        return client

    return _entrer


def liste(client, **filtres):
    reponse = client.get(reverse("coordination"), filtres)
    assert reponse.status_code == 200
    return reponse


def titres(reponse):
    return [projet.titre for projet in reponse.context["page_obj"]]


def depose(titre, statut=Statut.DEPOSE, **changements):
    return fabriques.projet_en(statut, fabriques.dossier_complet(titre=titre, **changements))


def nombres(reponse):
    return {tuile.url.split("a_faire=")[1].split("&")[0]: tuile.nombre for tuile in reponse.context["tuiles"]}


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", LECTEURS)
def test_coordination_se_lit_par_les_services(entrer, role):
    depose("Une mare")
    fabriques.brouillon(fabriques.dossier_complet(titre="Pas encore déposé"))

    reponse = liste(entrer(role))

    assert titres(reponse) == ["Une mare"]
    assert "Pas encore déposé" not in reponse.content.decode()


@pytest.mark.parametrize("role", [Role.IEN, Role.AUTORITE_EN, None])
def test_coordination_est_fermee_aux_autres(client, role):
    depose("Une mare", Statut.AVIS_IEN)
    client.force_login(fabriques.de_role(role) if role else fabriques.utilisateur())

    assert client.get(reverse("coordination")).status_code == 403
    assert client.post(reverse("coordination"), {"projets": "2026-0001:1"}).status_code == 403
    assert client.get(reverse("coordination_export")).status_code == 403


def test_coordination_demande_de_se_connecter(client):
    assert client.get(reverse("coordination")).status_code == 302


@pytest.mark.parametrize(
    ("role", "code"), [(EN, 200), (Role.ADMIN, 200), (Role.OBSERVATEUR, 403), (Role.PILOTE_EN, 403)]
)
def test_export_est_ouvert_a_qui_peut_exporter(entrer, role, code):
    depose("Une mare")
    client = entrer(role)

    assert client.get(reverse("coordination_export")).status_code == code
    assert (reverse("coordination_export") in liste(client).content.decode()) is (code == 200)


# --- what awaits ----------------------------------------------------------------------------------------------------


def test_coordination_compte_ce_qui_attend(entrer):
    depose("Nouveau")
    relu = depose("Redéposé", Statut.A_COMPLETER)
    executer(relu, Action.DEPOSER, par=relu.porteur)
    depose("Prêt", Statut.PRET)
    retard = depose("En retard", Statut.AVIS_IEN)
    depose("À temps", Statut.AVIS_IEN)
    AvisIEN.objects.filter(projet=retard).update(demande_le=timezone.now() - timedelta(days=16))
    valide = depose("Validé", Statut.VALIDE)
    bilan = bilans.preparer(valide.exercices.get(), valide.porteur)
    bilan.lignes.update(realise=0)
    bilan.realisation, bilan.certifie, bilan.explication_ecarts = "Rien.", True, "Reporté."
    bilan.save()
    bilans.deposer(bilan, par=valide.porteur)

    reponse = liste(entrer(EN))

    assert nombres(reponse) == {"nouveaux": 1, "reponses": 1, "avis_en_retard": 1, "prets": 1, "bilans": 1}
    for tuile, attendu in zip(
        reponse.context["tuiles"], ["Nouveau", "Redéposé", "En retard", "Prêt", "Validé"], strict=True
    ):
        suite = entrer(EN).get(reverse("coordination") + tuile.url)
        assert titres(suite) == [attendu]
    assert (
        sum(nombres(liste(entrer(VILLE))).values()) == 1
    )  # a school is not in the town's charge; the troïka is common
    assert sum(nombres(liste(entrer(Role.OBSERVATEUR))).values()) == 5


# --- filters --------------------------------------------------------------------------------------------------------


@pytest.fixture
def deux_projets():
    """One of an école on a first-degree theme, one of an association on another, twice as expensive."""
    fabriques.charger_appel()
    etablissements, quartiers = list(Etablissement.objects.all()[:2]), list(Quartier.objects.all()[:2])
    parcours = list(Parcours.objects.all()[:2])
    ecole = fabriques.dossier_complet(
        titre="Élèves à l’œuvre", parcours=(parcours[0].code,), quartiers=(quartiers[0].code,),
        etablissements=(etablissements[0].code,),
    )  # fmt: skip
    association = fabriques.hors_temps_scolaire(
        fabriques.dossier_deux_ans(
            titre="Théâtre au collège",
            structure_nom="Compagnie du Terril",
            structure_nature="association",
            objectif_principal="3.1.1",
            objectifs_secondaires=("1.1.2",),
            parcours=(parcours[1].code,),
            quartiers=(quartiers[1].code,),
            etablissements=(etablissements[1].code,),
        )
    )
    premier = fabriques.projet_en(Statut.AVIS_IEN, ecole)
    second = fabriques.projet_en(Statut.DEPOSE, association, fabriques.utilisateur("compagnie@example.org"))
    Projet.objects.filter(pk=second.pk).update(depose_le=timezone.now() + timedelta(minutes=1))
    return premier, second, parcours, quartiers, etablissements


def test_coordination_filtre_par_chaque_critere(entrer, deux_projets):
    _, _, parcours, quartiers, etablissements = deux_projets
    client = entrer(EN)
    criteres = [
        ({"q": "eleves oeuvre"}, {"q": "TERRIL"}),
        ({"q": "l'oeuvre"}, {"q": "théatre college"}),
        ({"statut": "avis_ien"}, {"statut": "depose"}),
        ({"nature": "ecole"}, {"nature": "association"}),
        ({"coordination": "miens"}, {"nature": "association", "coordination": ""}),
        (
            {"thematique": Thematique.objects.get(code="1").pk},
            {"thematique": Thematique.objects.get(code="3").pk},
        ),
        ({"enjeu": Enjeu.objects.get(code="1.1").pk}, {"enjeu": Enjeu.objects.get(code="3.1").pk}),
        ({"parcours": parcours[0].pk}, {"parcours": parcours[1].pk}),
        ({"quartier": quartiers[0].pk}, {"quartier": quartiers[1].pk}),
        ({"etablissement": etablissements[0].pk}, {"etablissement": etablissements[1].pk}),
        ({"temps_scolaire": "oui"}, {"temps_scolaire": "non"}),
        ({"montant_max": "1 000,00 €"}, {"montant_min": "1000,01"}),
    ]
    for premier, second in criteres:
        assert titres(liste(client, **premier)) == ["Élèves à l’œuvre"], premier
        assert titres(liste(client, **second)) == ["Théâtre au collège"], second
    assert len(titres(liste(client, annee="2026"))) == 2
    assert titres(liste(client, annee="2027")) == ["Théâtre au collège"]


def test_coordination_n_additionne_pas_deux_fois(entrer, deux_projets):
    """Filters and counts beside the sums never multiply them."""
    _, second, *_ = deux_projets
    filtres = {"annee": "2027", "parcours": second.parcours.get().pk, "montant_min": "1100", "montant_max": "1100"}

    trouves = liste(entrer(EN), **filtres).context["page_obj"].object_list

    assert [(projet.demande, projet.accorde, projet.avis_demandes) for projet in trouves] == [(Decimal(1100), None, 0)]


@pytest.mark.parametrize(
    "parametres",
    [
        "annee=abc&page=zzz",
        "page=-1",
        "page=99999999999999999999",
        "statut=%00&nature=inconnue",
        "statut=brouillon",
        "thematique=abc&enjeu=-1&parcours=99999999999999999999999&quartier=%00&etablissement=1e9",
        "montant_min=abc&montant_max=-5",
        "montant_min=99999999999999999999999999&montant_max=NaN",
        "montant_min=Infinity",
        "q=%00",
        "q=" + "x" * 5000,
        "q=%25_%27%22",
        "tri=donnees",
        "tri=--numero",
        "tri=%00",
        "a_faire=tout&coordination=eux",
        "temps_scolaire=peut-etre",
        "q=a&q=b&statut=depose&statut=pret",
    ],
)
def test_coordination_supporte_toute_valeur(entrer, parametres):
    depose("Une mare")
    for role in (EN, Role.OBSERVATEUR):
        client = entrer(role)

        assert client.get(f"{reverse('coordination')}?{parametres}").status_code == 200
    export = entrer(EN).get(f"{reverse('coordination_export')}?{parametres}")
    assert export.status_code == 200
    assert b"".join(export.streaming_content).startswith(b"\xef\xbb\xbfNum")


def test_coordination_dit_le_filtre_incompris_et_garde_les_autres(entrer):
    depose("Une mare")
    depose("Un théâtre")

    reponse = liste(entrer(EN), montant_min="beaucoup", q="theatre")

    assert titres(reponse) == ["Un théâtre"]
    assert "Ce n’est pas un nombre" in reponse.content.decode()
    assert [actif.libelle for actif in reponse.context["actifs"]] == ["Rechercher"]


def test_coordination_retire_un_filtre_a_la_fois(entrer):
    reponse = liste(entrer(EN), q="mare", statut="depose", page="2", tri="titre")

    adresses = {actif.libelle: actif.url_sans for actif in reponse.context["actifs"]}

    assert adresses == {"Rechercher": "?statut=depose&tri=titre", "Statut": "?q=mare&tri=titre"}
    assert "Déposé" in [actif.valeur for actif in reponse.context["actifs"]]
    assert "Aucun projet ne répond à ces filtres" in reponse.content.decode()


def test_coordination_vide_le_dit(entrer):
    assert "Aucun projet déposé" in liste(entrer(EN)).content.decode()


def test_coordination_echappe_ce_que_le_porteur_a_ecrit(entrer):
    depose("<script>alert(1)</script>")

    html = liste(entrer(EN), q="<script>").content.decode()

    assert "<script>alert" not in html


def test_coordination_trie_dans_les_deux_sens(entrer, deux_projets):
    client = entrer(EN)
    croissants = {"numero": 0, "titre": 0, "structure": 1, "statut": 1, "demande": 0, "depose_le": 0}
    ordre = ["Élèves à l’œuvre", "Théâtre au collège"]
    for tri, premier in croissants.items():
        attendu = ordre if premier == 0 else ordre[::-1]
        if tri != "titre":  # « É » sorts after « T » in plain code order; a collation of the database may say otherwise
            assert titres(liste(client, tri=tri)) == attendu, tri
            assert titres(liste(client, tri=f"-{tri}")) == attendu[::-1], tri
    html = liste(client, tri="demande", statut="depose").content.decode()
    assert 'aria-sort="ascending"' in html
    assert "?tri=-demande&amp;statut=depose" in html or "?statut=depose&amp;tri=-demande" in html


def test_coordination_pagine_par_cinquante(entrer):
    modele = depose("Modèle")
    Projet.objects.bulk_create(
        Projet(
            appel=modele.appel, porteur=modele.porteur, numero=f"2025-{rang:04d}", titre=f"Projet {rang}",
            statut=Statut.DEPOSE, depose_le=modele.depose_le - timedelta(days=rang + 1),
        )
        for rang in range(60)
    )  # fmt: skip
    client = entrer(EN)

    premiere, seconde = liste(client, statut="depose"), liste(client, statut="depose", page=2)

    assert len(titres(premiere)) == 50
    assert len(titres(seconde)) == 11
    assert not set(titres(premiere)) & set(titres(seconde))
    assert "?statut=depose&amp;page=2" in premiere.content.decode()


@pytest.mark.parametrize("combien", [1, 3])
def test_coordination_lit_en_un_nombre_constant_de_requetes(entrer, combien, django_assert_num_queries):
    for rang in range(combien):
        depose(f"Projet {rang}", Statut.PRET)
    client = entrer(EN)
    liste(client)

    with django_assert_num_queries(18):
        liste(client, q="projet")


@pytest.mark.parametrize("combien", [1, 3])
def test_export_lit_en_un_nombre_constant_de_requetes(entrer, combien, django_assert_num_queries):
    for rang in range(combien):
        depose(f"Projet {rang}")
    client = entrer(EN)

    with django_assert_num_queries(4):
        b"".join(client.get(reverse("coordination_export"), {"statut": "depose"}).streaming_content)


# --- export ---------------------------------------------------------------------------------------------------------


def exporter(client, **filtres):
    reponse = client.get(reverse("coordination_export"), filtres)
    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte), delimiter=";"))


def test_export_rend_la_liste_filtree(entrer, deux_projets):
    lignes = exporter(entrer(EN), nature="association")

    assert len(lignes) == 1
    assert lignes[0]["Titre"] == "Théâtre au collège"
    assert lignes[0]["Demandé"] == "1100,00"
    assert lignes[0]["Accordé"] == ""
    assert lignes[0]["Temps scolaire"] == "non"
    assert len(exporter(entrer(EN))) == 2


def test_export_neutralise_les_formules(entrer):
    depose('=HYPERLINK("http://exemple";"cliquez")', structure_nom="+33 Compagnie")

    [ligne] = exporter(entrer(EN))

    assert ligne["Titre"].startswith("'=HYPERLINK")
    assert ligne["Structure"].startswith("'+33")


@pytest.mark.parametrize("texte", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_cellule_sure_desarme(texte):
    assert cellule_sure(texte) == f"'{texte}"
    assert cellule_sure(f"a{texte}") == f"a{texte}"


# --- agenda entries by lot ------------------------------------------------------------------------------------------


def jetons(*projets):
    return [f"{projet.numero}:{projet.version}" for projet in projets]


def test_lot_resume_puis_inscrit_puis_rend_compte(entrer):
    pret, autre = depose("Prêt", Statut.PRET), depose("Prêt aussi", Statut.PRET)
    attend = depose("Attend un avis", Statut.AVIS_IEN)
    seance, client = fabriques.seance(), entrer(VILLE)

    resume = client.post(reverse("coordination"), {"projets": jetons(pret, autre, attend)})
    html = resume.content.decode()
    assert "Inscrire 2 projets" in html
    assert "ne sont pas prêts" in html
    assert not Passage.objects.filter(action=Action.INSCRIRE).exists()

    rapport = client.post(
        reverse("coordination"), {"projets": jetons(pret, autre, attend), "seance": seance.pk, "confirmer": "oui"}
    )

    assert "2 projets inscrits" in rapport.content.decode()
    assert attend.numero in rapport.content.decode()
    assert set(seance.points.values_list("projet", flat=True)) == {pret.pk, autre.pk}
    attend.refresh_from_db()
    assert attend.statut == Statut.AVIS_IEN
    assert Passage.objects.filter(action=Action.INSCRIRE).count() == 2


def test_lot_envoye_deux_fois_n_inscrit_qu_une(entrer):
    pret, seance, client = depose("Prêt", Statut.PRET), fabriques.seance(), entrer(EN)
    donnees = {"projets": jetons(pret), "seance": seance.pk, "confirmer": "oui"}

    client.post(reverse("coordination"), donnees)
    seconde = client.post(reverse("coordination"), donnees)

    assert "vient d’être modifié" in seconde.content.decode()
    assert seance.points.count() == 1


@pytest.mark.parametrize("role", [Role.OBSERVATEUR, Role.PILOTE_VILLE, Role.ADMIN])
def test_lot_est_refuse_a_qui_ne_coordonne_pas(entrer, role):
    pret, seance = depose("Prêt", Statut.PRET), fabriques.seance()

    reponse = entrer(role).post(
        reverse("coordination"), {"projets": jetons(pret), "seance": seance.pk, "confirmer": "oui"}
    )

    assert reponse.status_code == 403
    pret.refresh_from_db()
    assert pret.statut == Statut.PRET
    assert 'name="projets"' not in liste(entrer(role)).content.decode()


@pytest.mark.parametrize(
    "projets", [[], ["abc"], ["2026-0001:"], ["\x00:1"], ["2026-9999:0"], [":::"], ["2026-0001:²"]]
)
def test_lot_sans_projet_valable_revient_a_la_liste(entrer, projets):
    depose("Prêt", Statut.PRET)

    reponse = entrer(EN).post(reverse("coordination"), {"projets": projets})

    assert reponse.status_code == 302
    assert reponse.url == reverse("coordination")


@pytest.mark.parametrize("seance", ["", "abc", "999999", "9" * 30])
def test_lot_sans_seance_valable_garde_le_choix(entrer, seance):
    pret = depose("Prêt", Statut.PRET)
    fabriques.seance()

    reponse = entrer(EN).post(reverse("coordination"), {"projets": jetons(pret), "seance": seance, "confirmer": "oui"})

    assert reponse.status_code == 200
    assert jetons(pret)[0] in reponse.content.decode()
    pret.refresh_from_db()
    assert pret.statut == Statut.PRET


def test_lot_sans_seance_ouverte_propose_d_en_creer_une(entrer):
    pret = depose("Prêt", Statut.PRET)

    html = entrer(EN).post(reverse("coordination"), {"projets": jetons(pret)}).content.decode()

    assert reverse("troika_nouvelle") in html


def test_lot_refuse_un_projet_change_depuis_la_lecture(entrer):
    pret, seance = depose("Prêt", Statut.PRET), fabriques.seance()
    vieux = f"{pret.numero}:{pret.version - 1}"

    reponse = entrer(EN).post(reverse("coordination"), {"projets": [vieux], "seance": seance.pk, "confirmer": "oui"})

    assert "vient d’être modifié" in reponse.content.decode()
    pret.refresh_from_db()
    assert pret.statut == Statut.PRET
