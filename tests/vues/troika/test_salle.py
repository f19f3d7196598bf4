"""The meeting while it is held: hours, attendance, withdrawals, notes, what the open pages are told, and to whom."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import COORDINATEURS, PILOTES, Role
from projets.enums import EtatPresence, Fait, Statut, Voix
from projets.models import (
    AvisTroika,
    Decision,
    Deport,
    Passage,
    PointOrdreDuJour,
    PresenceSeance,
    Projet,
    SeanceTroika,
)

from ... import fabriques
from ...fabriques import de_role, dossier_complet, projet_en
from .gestes import (
    COORDINATION,
    client_de,
    decider,
    deporter,
    empreinte,
    inscrire,
    lever,
    noter,
    page_de,
    publier,
    voter,
)

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

VILLE = Role.PILOTE_VILLE
HOSTILE = "<script>alert(1)</script>\x00 « é » 🙂"


def adresse(nom: str, point: PointOrdreDuJour) -> str:
    avec_point = nom in ("troika_notes", "troika_deport", "troika_voix", "troika_comparer")
    return reverse(nom, args=[point.seance_id, point.pk] if avec_point else [point.seance_id])


def lue(client: Client, point: PointOrdreDuJour) -> str:
    return client.get(page_de(point)).content.decode().replace("\u00a0", " ")


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["porteur", Role.OBSERVATEUR, Role.ADMIN, Role.IEN, Role.AUTORITE_EN])
def test_gestes_de_seance_contrefaits_refuses(role: str, projet: Projet, point: PointOrdreDuJour):
    fabriques.donner_les_voix(projet)
    Deport.objects.create(point=point, pilote=Role.PILOTE_EN, motif="Lien.", par=de_role(COORDINATION))
    client = client_de(projet.porteur if role == "porteur" else de_role(role))
    avant = empreinte()
    reponses = [
        noter(client, point, "Glissé de force."),
        deporter(client, point, VILLE),
        lever(client, point, Role.PILOTE_EN),
        client.post(adresse("troika_presences", point), {"presences-autres_presents": "Moi"}),
        client.post(adresse("troika_ordre", point), {"placer": point.pk, "position": "1", "duree": "60"}),
    ]
    assert {reponse.status_code for reponse in reponses} == {403}
    assert empreinte() == avant


@pytest.mark.parametrize("role", sorted(PILOTES))
def test_pilote_ne_se_deporte_que_lui_meme_et_ne_tient_pas_la_seance(role: str, point: PointOrdreDuJour):
    client, autre = client_de(de_role(role)), next(iter(PILOTES - {role}))
    Deport.objects.create(point=point, pilote=autre, motif="Lien.", par=de_role(COORDINATION))
    avant = empreinte()
    tiers = next(iter(PILOTES - {role, autre}))
    assert deporter(client, point, tiers).status_code == 200  # the form says that this pilot cannot be chosen
    assert lever(client, point, autre).status_code == 403
    assert client.post(adresse("troika_presences", point), {"presences-autres_presents": "Moi"}).status_code == 403
    assert client.post(adresse("troika_ordre", point), {"placer": point.pk, "position": "1"}).status_code == 403
    assert empreinte() == avant
    assert deporter(client, point, role).status_code == 302
    assert lever(client, point, role).status_code == 302


@pytest.mark.une_seule_base
@pytest.mark.parametrize("role", [*sorted(COORDINATEURS), *sorted(PILOTES), Role.OBSERVATEUR, Role.ADMIN])
def test_etat_et_comparaison_ouverts_aux_services(role: str, point: PointOrdreDuJour):
    client = client_de(de_role(role))
    assert "Ateliers théâtre" in client.get(adresse("troika_etat", point)).content.decode()
    assert "Nouveau projet" in client.get(adresse("troika_comparer", point)).content.decode()


@pytest.mark.parametrize("role", ["porteur", Role.IEN, Role.AUTORITE_EN])
def test_etat_et_comparaison_fermes_aux_autres(role: str, projet: Projet, point: PointOrdreDuJour, client: Client):
    autre = client_de(projet.porteur if role == "porteur" else de_role(role))
    for nom in ("troika_etat", "troika_comparer"):
        assert autre.get(adresse(nom, point)).status_code == 403
        assert client.get(adresse(nom, point)).status_code == 302
        assert autre.post(adresse(nom, point)).status_code == 405


def test_coordinateur_porteur_ne_voit_rien_de_son_projet_dans_la_salle(coordination: Client):
    """Neither the deliberation, nor a sum or a count from which it could be told."""
    mien = projet_en(Statut.INSCRIT, dossier_complet(titre="Le mien"), porteur=de_role(COORDINATION))
    point = mien.points.get()
    autre = inscrire("Un autre", point.seance)
    vide = coordination.get(adresse("troika_etat", point)).content.decode().replace("\u00a0", " ")
    noter(client_de(de_role(Role.COORDINATEUR_EN)), point, "Entre nous.")
    deporter(client_de(de_role(VILLE)), point, VILLE, "Cousine du porteur.")
    voter(client_de(de_role(Role.PILOTE_EN)), point, voix_pilote_en=Voix.CONTRE, motif_pilote_en="Trop cher.")
    voter(client_de(de_role(Role.PILOTE_PREFECTURE)), point, voix_pilote_prefecture=Voix.CONTRE)
    reponse = decider(client_de(de_role(Role.COORDINATEUR_EN)), point, montant_2026_etat="777", montant_2027_etat="")
    assert reponse.status_code == 302
    for page in (lue(coordination, point), coordination.get(adresse("troika_etat", point)).content.decode()):
        for secret in ("Entre nous", "Cousine", "Trop cher", "777", "99 223", "1 décision"):
            assert secret not in page.replace("\u00a0", " ")
        assert "Un autre" in page
    assert "0 décision enregistrée" in vide
    assert "777" in lue(client_de(de_role(Role.COORDINATEUR_EN)), autre)
    for refus in (
        noter(coordination, point, "Moi"),
        deporter(coordination, point, VILLE),
        lever(coordination, point, VILLE),
    ):
        assert refus.status_code == 403


# --- the agenda and its hours ---------------------------------------------------------------------------------------


def test_heures_suivent_les_durees_et_l_ordre(coordination: Client, point: PointOrdreDuJour):
    depart = datetime(2026, 12, 4, 14, 0, tzinfo=ZoneInfo("Europe/Paris"))
    SeanceTroika.objects.update(date=depart)
    deux, trois = inscrire("Deux", point.seance), inscrire("Trois", point.seance)
    ordre = adresse("troika_ordre", point)
    coordination.post(ordre, {"placer": trois.pk, "position": "1", "duree": "25"})
    coordination.post(ordre, {"placer": point.pk, "position": "99", "duree": "15"})
    fiches = coordination.get(page_de(point)).context["fiches"]
    assert [(f.point.pk, timezone.localtime(f.debut).strftime("%H:%M")) for f in fiches] == [
        (trois.pk, "14:00"),
        (deux.pk, "14:25"),
        (point.pk, "14:35"),
    ]
    assert "De 14:00 à 14:50 environ" in lue(coordination, point)


@pytest.mark.parametrize(
    ("position", "duree"),
    [("0", "10"), ("x", "10"), ("1", "0"), ("1", "9999"), ("", ""), ("9" * 40, "5"), ("1", "\x00")],
)
def test_place_ou_duree_absurde_est_dite_et_ne_change_rien(
    coordination: Client, point: PointOrdreDuJour, position: str, duree: str
):
    inscrire("Deux", point.seance)
    avant = empreinte()
    donnees = {"placer": point.pk, "position": position, "duree": duree}
    page = coordination.post(adresse("troika_ordre", point), donnees, follow=True).content.decode()
    assert "ton-alerte" in page
    assert empreinte() == avant


# --- attendance -----------------------------------------------------------------------------------------------------


def presences(client: Client, point: PointOrdreDuJour, vues: dict[str, str] | None = None, **champs: str):
    donnees = {f"presences-{champ}": valeur for champ, valeur in champs.items()}
    donnees |= {f"initial-presences-{champ}": valeur for champ, valeur in (vues or {}).items()}
    return client.post(adresse("troika_presences", point), donnees)


def test_presences_se_notent_et_se_corrigent(coordination: Client, point: PointOrdreDuJour):
    champs = {
        "etat_pilote_ville": EtatPresence.PRESENT,
        "nom_pilote_ville": "L’adjointe à l’éducation",
        "etat_pilote_en": EtatPresence.EXCUSE,
        "represente_par_pilote_en": "l’inspectrice",
        "autres_presents": "Le chargé de mission",
    }
    assert presences(coordination, point, **champs).status_code == 302
    page = lue(client_de(de_role(Role.PILOTE_EN)), point)
    for phrase in ("Présent, L’adjointe à l’éducation", "Excusé, représenté par l’inspectrice", "Le chargé de mission"):
        assert phrase in page
    assert presences(coordination, point, champs, **{**champs, "etat_pilote_ville": "", "nom_pilote_ville": ""})
    assert list(PresenceSeance.objects.values_list("pilote", flat=True)) == [Role.PILOTE_EN]


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nom_pilote_ville": "L’adjointe"}, "Dites si ce pilote est présent"),
        ({"etat_pilote_ville": "present", "represente_par_pilote_ville": "X"}, "n’est pas représenté"),
        ({"etat_pilote_ville": "dormeur"}, "Choisissez une des réponses"),
        ({"etat_pilote_ville": "present", "nom_pilote_ville": "x" * 300}, "signes"),
        ({"autres_presents": "x" * 100_000}, "signes"),
    ],
)
def test_presences_refusees_gardent_la_saisie(
    coordination: Client, point: PointOrdreDuJour, champs: dict[str, str], phrase: str
):
    page = presences(coordination, point, **champs).content.decode()
    assert phrase in page
    assert not PresenceSeance.objects.exists()
    for valeur in champs.values():
        assert valeur in page or valeur == "dormeur"


def test_presence_notee_a_deux_se_compare_puis_se_choisit(coordination: Client, point: PointOrdreDuJour):
    presences(client_de(de_role(Role.COORDINATEUR_EN)), point, etat_pilote_ville="absent")
    mienne = {"etat_pilote_ville": "present", "autres_presents": "Une élève"}
    reponse = presences(coordination, point, **mienne)
    assert reponse.status_code == 409
    page = reponse.content.decode().replace("\u00a0", " ")
    assert "Valeur enregistrée entre-temps par coordinateur-en@example.org" in page
    assert "Une élève" in page
    assert PresenceSeance.objects.get().etat == EtatPresence.ABSENT
    vues = {"etat_pilote_ville": "absent"}
    assert presences(coordination, point, vues, **mienne, prendre="x").status_code == 302
    assert PresenceSeance.objects.get().etat == EtatPresence.PRESENT
    PresenceSeance.objects.update(etat=EtatPresence.EXCUSE)
    donnees = {"presences-etat_pilote_ville": "present", "presences-autres_presents": "Deux élèves", "prendre": VILLE}
    donnees |= {"initial-presences-autres_presents": "Une élève"}
    assert coordination.post(adresse("troika_presences", point), donnees).status_code == 302
    assert PresenceSeance.objects.get().etat == EtatPresence.EXCUSE
    assert SeanceTroika.objects.get().autres_presents == "Deux élèves"


# --- withdrawals ----------------------------------------------------------------------------------------------------


def test_deport_efface_la_voix_et_le_journal_le_garde(projet: Projet, point: PointOrdreDuJour):
    client = client_de(de_role(VILLE))
    assert "La vôtre manque" in lue(client, point)
    rien = voter(client, point, voix_pilote_ville="")  # the button alone records nothing, and does not say that it did
    assert (rien.status_code, AvisTroika.objects.exists()) == (200, False)
    assert "Choisissez d’abord la voix." in rien.content.decode()
    voter(client, point, voix_pilote_ville=Voix.POUR, motif_pilote_ville="Très bien.")
    assert "La vôtre manque" not in lue(client, point)
    assert deporter(client, point, VILLE, HOSTILE).status_code == 302
    assert not AvisTroika.objects.exists()
    assert Deport.objects.get().motif == "<script>alert(1)</script> « é » 🙂"
    faits = Passage.objects.filter(projet=projet, action__in=Fait.values).order_by("pk")
    assert [(p.action, p.au_titre_de, p.pour_services) for p in faits] == [
        (Fait.VOIX, VILLE.label, True),
        (Fait.DEPORT, VILLE.label, True),
    ]
    assert "Voix effacée : Pour. Très bien." in faits[1].motif.replace("\u00a0", " ")
    page = lue(client, point)
    assert "Voix : 0 sur 2, 1 déport" in page
    assert "<script>alert" not in page
    assert "Enregistrer ma voix" not in page
    journal = lue_projet(client, projet)
    assert "pilote-ville@example.org, pour Pilote ville" in journal
    assert "pilote-ville" not in lue_projet(client_de(projet.porteur), projet)


def lue_projet(client: Client, projet: Projet) -> str:
    return client.get(projet.get_absolute_url()).content.decode().replace("\u00a0", " ")


def test_voix_d_un_pilote_deporte_ne_passe_par_aucun_chemin(coordination: Client, point: PointOrdreDuJour):
    deporter(coordination, point, VILLE)
    for client in (coordination, client_de(de_role(VILLE))):
        reponse = voter(client, point, voix_pilote_ville=Voix.POUR, motif_pilote_ville="Je tiens à le dire.")
        assert reponse.status_code == 409
        page = reponse.content.decode()
        assert "s’est déporté" in page
        assert "Je tiens à le dire." in page
    assert not AvisTroika.objects.exists()
    # The others are still recorded, even from a page that showed the field of the one who left.
    assert voter(coordination, point, voix_pilote_en=Voix.POUR, voix_pilote_ville="").status_code == 302
    assert lever(coordination, point, VILLE).status_code == 302
    assert voter(coordination, point, voix_pilote_ville=Voix.POUR).status_code == 302


@pytest.mark.parametrize(
    ("pilote", "motif", "phrase"),
    [
        (VILLE, "  ", "Écrivez en une phrase"),
        (VILLE, "x" * 100_000, "signes"),
        ("", "Lien.", "Dites quel pilote"),
        ("coordinateur_ville", "Lien.", "Choisissez un des pilotes"),
    ],
)
def test_deport_refuse_garde_la_saisie(
    coordination: Client, point: PointOrdreDuJour, pilote: str, motif: str, phrase: str
):
    page = deporter(coordination, point, pilote, motif).content.decode()
    assert phrase in page
    assert motif in page
    assert not Deport.objects.exists()


def test_deport_deja_la_ou_deja_leve_se_dit(coordination: Client, point: PointOrdreDuJour):
    deporter(coordination, point, VILLE)
    assert deporter(coordination, point, VILLE).status_code == 409
    assert Deport.objects.count() == 1
    lever(coordination, point, VILLE)
    reponse = coordination.post(adresse("troika_deport", point), {"lever": VILLE}, follow=True)
    assert "n’est plus enregistré" in reponse.content.decode()
    assert Passage.objects.filter(action=Fait.DEPORT).count() == 2


def test_decision_attend_les_voix_des_autres_et_jamais_personne(
    coordination: Client, projet: Projet, point: PointOrdreDuJour
):
    deporter(coordination, point, VILLE)
    voter(coordination, point, voix_pilote_en=Voix.POUR)
    page = decider(coordination, point).content.decode()
    assert "Il manque la voix de" in page
    assert "Pilote préfecture." in page
    voter(coordination, point, voix_pilote_prefecture=Voix.POUR)
    for pilote in (Role.PILOTE_EN, Role.PILOTE_PREFECTURE):
        deporter(coordination, point, pilote)
    assert "Les trois pilotes se sont déportés" in decider(coordination, point).content.decode()
    assert not Decision.objects.exists()
    lever(coordination, point, Role.PILOTE_EN)
    voter(coordination, point, voix_pilote_en=Voix.POUR)
    assert decider(coordination, point).status_code == 302


def test_deport_apres_la_decision_oblige_a_la_reprendre(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    deporter(coordination, point, VILLE)
    assert "Décision à reprendre" in lue(coordination, point)
    page = coordination.get(reverse("troika_publier", args=[point.seance_id])).content.decode()
    assert "s’est déporté" in page
    assert publier(coordination, point.seance).status_code == 409
    assert SeanceTroika.objects.get().est_ouverte
    assert decider(coordination, point).status_code == 302
    assert publier(coordination, point.seance).status_code == 302
    for refus in (deporter(coordination, point, Role.PILOTE_EN), lever(coordination, point, VILLE)):
        assert refus.status_code == 409  # nothing moves once published
    assert Deport.objects.get().pilote == VILLE


def test_deport_leve_apres_la_decision_redemande_la_voix(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    deporter(coordination, point, VILLE)
    voter(coordination, point, voix_pilote_en=Voix.POUR, voix_pilote_prefecture=Voix.POUR)
    assert decider(coordination, point).status_code == 302
    lever(coordination, point, VILLE)
    assert "Il manque une voix" in coordination.get(reverse("troika_publier", args=[point.seance_id])).content.decode()
    assert publier(coordination, point.seance).status_code == 409
    voter(coordination, point, voix_pilote_ville=Voix.CONTRE)
    assert publier(coordination, point.seance).status_code == 302


# --- voices ---------------------------------------------------------------------------------------------------------


def test_voix_dit_qui_l_a_saisie_et_si_elle_precede_la_seance(coordination: Client, point: PointOrdreDuJour):
    voter(client_de(de_role(VILLE)), point, voix_pilote_ville=Voix.POUR)
    voter(coordination, point, voix_pilote_en=Voix.RESERVES)
    page = lue(coordination, point)
    assert "par pilote-ville@example.org, donnée avant la séance, le" in page
    assert "saisie par coordinateur-ville@example.org pour le pilote, donnée avant la séance" in page
    SeanceTroika.objects.update(date=timezone.now() - timedelta(hours=1))
    assert "avant la séance" not in lue(coordination, point)
    motifs = Passage.objects.filter(action=Fait.VOIX).order_by("pk").values_list("motif", flat=True)
    assert list(motifs) == ["Pour.", "Pour, avec réserves."]


def test_voix_donnee_pendant_que_la_coordination_note_les_autres(coordination: Client, point: PointOrdreDuJour):
    """The coordinator's page still shows « pas encore donnée » for the pilot who has just spoken."""
    voter(client_de(de_role(VILLE)), point, voix_pilote_ville=Voix.POUR)
    vides = {f"voix_{pilote}": "" for pilote in PILOTES} | {f"motif_{pilote}": "" for pilote in PILOTES}
    assert voter(coordination, point, **vides | {"voix_pilote_en": Voix.POUR}).status_code == 302
    assert set(AvisTroika.objects.values_list("pilote", "voix")) == {(VILLE, "pour"), (Role.PILOTE_EN, "pour")}


def test_prendre_la_voix_enregistree_garde_le_reste_de_la_saisie(coordination: Client, point: PointOrdreDuJour):
    voter(client_de(de_role(VILLE)), point, voix_pilote_ville=Voix.CONTRE)
    saisies = {"voix_pilote_ville": Voix.POUR, "voix_pilote_en": Voix.POUR}
    assert voter(coordination, point, **saisies).status_code == 409
    donnees = {f"voix-{point.pk}-{champ}": valeur for champ, valeur in saisies.items()} | {"prendre": VILLE}
    assert coordination.post(adresse("troika_voix", point), donnees).status_code == 302
    assert set(AvisTroika.objects.values_list("pilote", "voix")) == {(VILLE, "contre"), (Role.PILOTE_EN, "pour")}


# --- notes ----------------------------------------------------------------------------------------------------------


def test_notes_a_deux_rien_ne_se_perd(coordination: Client, point: PointOrdreDuJour):
    pilote = client_de(de_role(VILLE))
    assert noter(pilote, point, HOSTILE).status_code == 302
    reponse = noter(coordination, point, "La mienne")
    assert reponse.status_code == 409
    page = reponse.content.decode().replace("\u00a0", " ")
    assert "Valeur enregistrée entre-temps par pilote-ville@example.org" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; « é » 🙂" in page
    assert "La mienne" in page
    point.refresh_from_db()
    vue = point.notes
    assert noter(coordination, point, "La mienne", vue, reunir="oui").status_code == 302
    point.refresh_from_db()
    assert point.notes == f"{vue}\n\nLa mienne"
    assert (point.notes_par, noter(pilote, point, "Ailleurs", vue).status_code) == (de_role(COORDINATION), 409)
    assert noter(pilote, point, "Une seule", point.notes).status_code == 302
    assert noter(coordination, point, "x" * 100_000, "Une seule").status_code == 200
    assert noter(coordination, point, "x" * 19_995, "Une seule", reunir="oui").status_code == 409
    point.refresh_from_db()
    assert point.notes == "Une seule"


def test_notes_et_voix_ne_se_genent_pas(coordination: Client, point: PointOrdreDuJour):
    assert voter(client_de(de_role(VILLE)), point, voix_pilote_ville=Voix.POUR).status_code == 302
    assert noter(coordination, point, "Notée pendant ce temps.").status_code == 302
    assert deporter(client_de(de_role(Role.PILOTE_EN)), point, Role.PILOTE_EN).status_code == 302


def test_saisies_tardives_sont_rendues(coordination: Client):
    point = projet_en(Statut.VALIDE).points.get()
    avant = empreinte()
    for reponse in (
        noter(coordination, point, "Un long texte"),
        deporter(coordination, point, VILLE, "Un long texte"),
        presences(coordination, point, autres_presents="Un long texte"),
    ):
        assert reponse.status_code == 409
        assert "Un long texte" in reponse.content.decode()
    assert empreinte() == avant


# --- what the open pages are told -----------------------------------------------------------------------------------


def test_etat_ne_se_redonne_que_s_il_a_change(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    etat, pilote = adresse("troika_etat", point), client_de(de_role(VILLE))
    gestes = (
        lambda: voter(pilote, point, voix_pilote_ville=Voix.POUR),
        lambda: noter(pilote, point, "Une note"),
        lambda: deporter(pilote, point, VILLE),
        lambda: lever(pilote, point, VILLE),
        lambda: presences(coordination, point, etat_pilote_ville="present"),
        lambda: coordination.post(adresse("troika_ordre", point), {"placer": point.pk, "position": 1, "duree": 20}),
        lambda: fabriques.decider(projet),
        lambda: fabriques.decider(projet_en(Statut.INSCRIT, dossier_complet(titre="Dans une autre séance"))),
        lambda: inscrire("Arrivé en séance", point.seance),
    )
    vu = coordination.get(etat)["ETag"]
    for rang, geste in enumerate(gestes):
        geste()
        reponse = coordination.get(etat, headers={"If-None-Match": vu})
        assert (rang, reponse.status_code) == (rang, 200)
        assert (reponse["Cache-Control"], reponse["ETag"] != vu) == ("private, no-store", True)
        vu = reponse["ETag"]
        assert coordination.get(etat, headers={"If-None-Match": vu}).status_code == 304
    assert client_de(de_role(Role.COORDINATEUR_EN)).get(etat, headers={"If-None-Match": vu}).status_code == 200


@pytest.mark.parametrize("nombre", [1, 3])
def test_etat_coute_peu_et_toujours_autant(coordination: Client, nombre: int, django_assert_num_queries):
    projet = projet_en(Statut.INSCRIT, dossier_complet(titre="Premier"))
    point = projet.points.get()
    fabriques.decider(projet)
    for rang in range(nombre - 1):
        fabriques.decider(inscrire(f"Suivant {rang}", point.seance).projet)
    etat = adresse("troika_etat", point)
    vu = coordination.get(etat)["ETag"]
    with django_assert_num_queries(6):
        assert coordination.get(etat, headers={"If-None-Match": vu}).status_code == 304
    with django_assert_num_queries(6):
        coordination.get(etat)
