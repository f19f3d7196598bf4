"""The coordination desk: who enters, what awaits there, filters, order and export."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import bilans, index_recherche, piles
from projets.enums import Action, AppreciationIndicateur, Statut
from projets.messagerie import ecrire_message
from projets.models import AvisIEN, Enjeu, Projet, Thematique
from projets.tris import TRIS, trier
from projets.views import coordination
from projets.workflow import executer

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

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
    return {pile.file.code: pile.nombre for pile in reponse.context["piles"] if pile.nombre}


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
    assert client.post(reverse("coordination_lot"), {"projets": "2026-0001:1"}).status_code == 403
    assert client.get(reverse("coordination_export", args=["csv"])).status_code == 403
    assert client.post(reverse("coordination_filtres"), {"nom": "x", "parametres": "q=a"}).status_code == 403


def test_coordination_demande_de_se_connecter(client):
    assert client.get(reverse("coordination")).status_code == 302


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
    bilan.indicateurs.update(appreciation=AppreciationIndicateur.NON_ATTEINT)
    bilan.realisation, bilan.certifie, bilan.explication_ecarts = "Rien.", True, "Reporté."
    bilan.save()
    bilans.deposer(bilan, par=valide.porteur)

    reponse = liste(entrer(EN))

    assert nombres(reponse) == {"nouveaux": 1, "reponses": 1, "avis_en_retard": 1, "prets": 1, "bilans": 1}
    remplies = [pile for pile in reponse.context["piles"] if pile.nombre]
    for pile, attendu in zip(remplies, ["Nouveau", "Redéposé", "En retard", "Prêt", "Validé"], strict=True):
        suite = entrer(EN).get(reverse("coordination") + pile.url)
        assert titres(suite) == [attendu]
        assert [attente.titre for attente in pile.lignes] == [attendu]
    assert (
        sum(nombres(liste(entrer(VILLE))).values()) == 1
    )  # a school is not in the town's charge; the troïka is common
    assert sum(nombres(liste(entrer(Role.OBSERVATEUR))).values()) == 5


# --- filters --------------------------------------------------------------------------------------------------------


@pytest.mark.les_deux_bases
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


@pytest.mark.les_deux_bases
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
    export = entrer(EN).get(f"{reverse('coordination_export', args=['csv'])}?{parametres}")
    assert export.status_code == 200
    assert b"".join(export.streaming_content).startswith(b"\xef\xbb\xbfNum")


def test_coordination_dit_le_filtre_incompris_et_garde_les_autres(entrer):
    depose("Une mare")
    depose("Un théâtre")

    reponse = liste(entrer(EN), montant_min="beaucoup", q="theatre")

    assert titres(reponse) == ["Un théâtre"]
    assert "Ce n’est pas un nombre" in reponse.content.decode()
    assert [actif.libelle for actif in reponse.context["filtres"].actifs] == ["Rechercher"]


def test_coordination_retire_un_filtre_a_la_fois(entrer):
    reponse = liste(entrer(EN), q="mare", statut="depose", page="2", tri="titre")

    adresses = {actif.libelle: actif.url_sans for actif in reponse.context["filtres"].actifs}

    assert adresses == {"Rechercher": "?statut=depose&tri=titre", "Statut": "?q=mare&tri=titre"}
    assert "Déposé" in [actif.valeur for actif in reponse.context["filtres"].actifs]
    assert "Aucun projet ne répond à ces filtres" in reponse.content.decode()


def test_coordination_vide_le_dit(entrer):
    assert "Aucun projet déposé" in liste(entrer(EN)).content.decode()


def test_coordination_echappe_ce_que_le_porteur_a_ecrit(entrer):
    depose("<script>alert(1)</script>")

    html = liste(entrer(EN), q="<script>").content.decode()

    assert "<script>alert" not in html


@pytest.mark.les_deux_bases
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


@pytest.mark.les_deux_bases
def test_un_mot_court_se_cherche_au_debut_des_mots_et_la_page_le_dit(entrer):
    depose("Un théâtre"), depose("Les jeunes en scène")
    client = entrer(EN)

    trouvee, entiere = liste(client, q="je sc"), liste(client, q="théâtre")

    assert titres(trouvee) == ["Les jeunes en scène"]
    assert not titres(liste(client, q="eu"))
    dit = "Un mot d’une ou deux lettres est cherché au début des mots."
    assert (dit in trouvee.content.decode(), dit in entiere.content.decode()) == (True, False)


@pytest.mark.parametrize("combien", [1, 3])
def test_coordination_lit_en_un_nombre_constant_de_requetes(entrer, combien, django_assert_num_queries):
    for rang in range(combien):
        depose(f"Projet {rang}", Statut.PRET)
    client = entrer(EN)
    liste(client)
    index_recherche.est_en_service(connection)  # asked once per process

    with django_assert_num_queries(8):  # one of them remembers the list in the session
        liste(client, q="projet")
    with django_assert_num_queries(5):  # what was read is kept until something happens
        liste(client, q="projet")


def test_liste_retenue_se_relit_des_que_quelque_chose_se_passe(entrer):
    """Another person acts between two openings of the same list: nothing of it may be seen late."""
    projet = depose("Une mare")
    client = entrer(EN)
    assert nombres(liste(client)) == {"nouveaux": 1}

    executer(projet, Action.RETIRER, par=projet.porteur)
    reponse = liste(client)
    assert [ligne.statut for ligne in reponse.context["page_obj"]] == [Statut.RETIRE]
    assert not nombres(reponse)

    depose("Un potager")
    assert set(titres(liste(client))) == {"Une mare", "Un potager"}


# --- several statuts, pages, the way back -----------------------------------------------------------------------------


def test_coordination_filtre_plusieurs_statuts(entrer):
    depose("Déposé")
    depose("Prêt", Statut.PRET)
    depose("Retiré", Statut.RETIRE)

    reponse = liste(entrer(EN), statut=["depose", "pret"], tri="titre")

    assert sorted(titres(reponse)) == ["Déposé", "Prêt"]
    actifs = {actif.valeur: actif.url_sans for actif in reponse.context["filtres"].actifs}
    assert actifs == {"Déposé": "?statut=pret&tri=titre", "Prêt pour la troïka": "?statut=depose&tri=titre"}


@pytest.mark.les_deux_bases
@pytest.mark.parametrize("tri", [sens + cle for cle in TRIS for sens in ("", "-")])
def test_pages_ne_partagent_ni_ne_perdent_aucun_projet(entrer, deux_projets, tri, monkeypatch):
    """Read from either end, keys with equal or empty values included."""
    modele = deux_projets[0]
    Projet.objects.bulk_create(
        Projet(
            appel=modele.appel, numero=f"2025-{rang:04d}", titre="Le même", statut=Statut.DEPOSE,
            depose_le=modele.depose_le, structure=modele.structure if rang % 3 else None,
        )
        for rang in range(9)
    )  # fmt: skip
    monkeypatch.setattr(coordination, "PAR_PAGE", 2)
    client = entrer(EN)

    pages = [[p.numero for p in liste(client, tri=tri, page=n).context["page_obj"]] for n in range(1, 7)]

    numeros = [numero for page in pages for numero in page]
    assert len(numeros) == len(set(numeros)) == 11
    entiers = trier(Projet.objects.deposes().avec_montants(), tri)
    assert numeros == list(entiers.values_list("numero", flat=True))


def test_projet_ramene_a_la_liste_telle_qu_on_l_a_laissee(entrer):
    projet, client = depose("Une mare"), entrer(EN)
    liste(client, statut="depose", tri="titre", page=1)

    html = client.get(projet.get_absolute_url()).content.decode()

    assert "/coordination/?statut=depose&amp;tri=titre&amp;page=1#projets" in html


# --- what awaits, in detail -------------------------------------------------------------------------------------------


def test_bureau_montre_les_plus_anciens_et_l_age(entrer):
    for rang in range(5):
        projet = depose(f"Projet {rang}")
        Projet.objects.filter(pk=projet.pk).update(depose_le=timezone.now() - timedelta(days=10 - rang))

    reponse = liste(entrer(EN))

    pile = next(pile for pile in reponse.context["piles"] if pile.file.code == "nouveaux")
    assert [attente.titre for attente in pile.lignes] == ["Projet 0", "Projet 1", "Projet 2"]
    assert pile.nombre == 5
    html = reponse.content.decode()
    assert "depuis 10\u00a0jours" in html
    assert "Rien ne vous attend" not in html


def test_bureau_montre_messages_et_bilans_en_retard(entrer):
    valide = depose("Validé", Statut.VALIDE)
    ecrire_message(valide, par=valide.porteur, texte="Bonjour", interne=False)
    association = fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(structure_nature="association"))
    ecrire_message(association, par=association.porteur, texte="À la ville", interne=False)

    reponse = liste(entrer(EN))
    assert nombres(reponse) == {"messages": 1}
    assert f"{valide.get_absolute_url()}#messages" in reponse.content.decode()
    assert titres(liste(entrer(EN), a_faire="messages")) == ["Validé"]
    entrer(EN).get(valide.get_absolute_url())
    assert nombres(liste(entrer(EN))) == {}
    with time_machine.travel(date(2029, 1, 10)):
        reponse = liste(entrer(EN))
        assert nombres(reponse)["bilans_en_retard"] == 1
        assert titres(liste(entrer(EN), a_faire="bilans_en_retard")) == ["Validé"]


def test_bureau_vide_dit_la_suite(entrer):
    fabriques.seance(date=timezone.now() + timedelta(days=3))

    html = liste(entrer(EN)).content.decode()

    assert "Rien ne vous attend." in html
    assert "Prochaine séance" in html
    assert "Prochaine échéance des bilans" in html


def test_bureau_ne_confie_pas_son_propre_projet(entrer, client):
    agent = fabriques.utilisateur("agent@example.org", EN)
    fabriques.projet_en(Statut.DEPOSE, porteur=agent)
    client.force_login(agent)

    assert nombres(liste(client)) == {}


def test_bureau_ne_compte_pas_au_dela_de_ce_qui_se_lit(entrer, monkeypatch):
    monkeypatch.setattr(piles, "COMPTE_MAX", 2)
    piles._lecture.cache_clear()
    for rang in range(3):
        depose(f"Projet {rang}")

    assert "2 et plus" in liste(entrer(EN)).content.decode()
    piles._lecture.cache_clear()
