"""The calendar of a person: what it holds for each role, and the address that opens it, until it is renewed or removed."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from correspondants.enums import Role
from projets import agenda, bilans, liens_agenda, seances
from projets.demonstration import conduite
from projets.enums import Action, Statut
from projets.models import AvisIEN, FluxAgenda, SeanceTroika
from projets.temps_scolaire import DELAI_AVIS
from projets.workflow import executer

from . import fabriques

pytestmark = pytest.mark.django_db


def adresse(compte) -> str:
    return reverse("agenda", args=[liens_agenda.jeton(liens_agenda.creer(compte))])


def titres(compte) -> list[str]:
    compte = type(compte).objects.get(pk=compte.pk)  # rights are read anew
    return [un.titre.replace("\xa0", " ") for un in agenda.evenements(compte)]


# --- what it holds ----------------------------------------------------------------------------------------------------


def test_chacun_lit_ce_qui_le_concerne(appel):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    fabriques.seance()
    autre_avis = fabriques.de_role(Role.AUTORITE_EN)
    assert titres(projet.porteur) == []
    assert titres(fabriques.de_role(Role.IEN)) == [f"Avis à rendre : {projet.numero}, Une mare pédagogique"]
    assert titres(autre_avis) == titres(fabriques.de_role(Role.ADMIN)) == []
    for role in (Role.COORDINATEUR_EN, Role.PILOTE_PREFECTURE, Role.OBSERVATEUR):
        assert titres(fabriques.de_role(role)) == ["Séance de la troïka"], role
    (avis,) = agenda.evenements(fabriques.de_role(Role.IEN))
    demande = projet.avis_ien.get().demande_le
    assert avis.debut == timezone.localtime(demande + DELAI_AVIS).date()
    fabriques.rendre_les_avis(projet)
    assert titres(fabriques.de_role(Role.IEN)) == []


def test_bilans_au_porteur_un_par_un_a_la_coordination_par_jour(appel):
    dossier = fabriques.hors_temps_scolaire(fabriques.dossier_deux_ans())
    premier, _ = (fabriques.projet_en(Statut.VALIDE, dossier) for _ in range(2))
    porteur, suit = premier.porteur, fabriques.coordinateur_de(premier)
    autre = fabriques.de_role(
        Role.COORDINATEUR_VILLE if premier.coordination == Role.COORDINATEUR_EN else Role.COORDINATEUR_EN
    )
    siens = [titre for titre in titres(porteur) if "bilan" in titre.lower()]
    assert len(siens) == 4
    assert all("à remettre : " in titre for titre in siens)
    du_jour = [titre for titre in titres(suit) if "bilan" in titre]
    assert du_jour == ["2 bilans intermédiaires attendus", "2 bilans définitifs attendus"]
    assert not [titre for titre in titres(autre) if "bilan" in titre]
    dates = {un.debut for un in agenda.evenements(suit) if "bilan" in un.titre}
    assert dates == {exercice.echeance_bilan for exercice in premier.exercices.all()}
    bilan = conduite.remettre_bilan(premier.exercices.first())
    assert "1 bilan intermédiaire attendu" in titres(suit)
    assert len(titres(porteur)) == 3
    bilans.renvoyer(bilan, par=suit, motif="Il manque les indicateurs.")  # it is owed again
    assert "2 bilans intermédiaires attendus" in titres(suit)


def test_complements_au_jour_souhaite(appel):
    projet = fabriques.projet_en(Statut.DEPOSE)
    jour = timezone.localdate() + timedelta(days=9)
    executer(
        projet,
        Action.DEMANDER_COMPLEMENTS,
        par=fabriques.coordinateur_de(projet),
        champs={"titre": "À préciser."},
        attendue_le=jour,
    )
    (prevu,) = agenda.evenements(projet.porteur)
    assert (prevu.debut, prevu.titre) == (jour, f"Compléments à envoyer\xa0: {projet.numero}, Une mare pédagogique")


def test_personne_ne_suit_son_propre_projet(appel):
    coordination = fabriques.de_role(Role.COORDINATEUR_EN)
    coordination.correspondant.habilitations.create(role=Role.IEN)
    demande, finance = fabriques.projet_en(Statut.AVIS_IEN), fabriques.projet_en(Statut.VALIDE)
    assert any("Avis à rendre" in titre for titre in titres(coordination))
    type(demande).objects.filter(pk__in=[demande.pk, finance.pk]).update(porteur=coordination)
    assert [titre for titre in titres(coordination) if "Avis" in titre or "attendu" in titre] == []
    assert f"Bilan définitif à remettre : {finance.numero}, Une mare pédagogique" in titres(coordination)


def test_les_dates_suivent_les_roles(client, appel):
    fabriques.seance()
    pilote = fabriques.de_role(Role.PILOTE_VILLE)
    ou = adresse(pilote)
    assert b"SUMMARY" in client.get(ou).content
    pilote.correspondant.habilitations.all().delete()
    assert b"SUMMARY" not in client.get(ou).content


def test_une_seance_deplacee_garde_son_nom_et_avance_d_un_rang(appel):
    seance = fabriques.seance()
    (avant,) = agenda.evenements(fabriques.de_role(Role.PILOTE_EN))
    seances.modifier(seance, date=seance.date, lieu=seance.lieu)  # nothing changed
    seances.modifier(seance, date=seance.date + timedelta(days=1), lieu="Préfecture")
    (apres,) = agenda.evenements(fabriques.de_role(Role.PILOTE_EN))
    assert (apres.uid, apres.sequence, apres.lieu) == (avant.uid, 1, "Préfecture")
    assert apres.modifie_le > avant.modifie_le


def test_la_duree_est_celle_de_l_ordre_du_jour(appel):
    projet = fabriques.projet_en(Statut.INSCRIT)
    projet.points.update(duree_minutes=25)
    (seance,) = agenda.evenements(fabriques.de_role(Role.PILOTE_EN))
    assert seance.fin - seance.debut == timedelta(minutes=25)
    assert seance.description == "1 projet à l’ordre du jour."


@pytest.mark.une_seule_base
def test_la_page_montre_les_prochaines_dates_et_compte_les_autres(client, appel, monkeypatch):
    """The same first dates as the whole calendar, for whoever has one of each kind; what is not shown is only counted."""
    qui = fabriques.de_role(Role.COORDINATEUR_EN)
    for role in (Role.IEN, Role.PILOTE_EN):
        qui.correspondant.habilitations.create(role=role)
    for jours in (-400, -1, 0, 2, 2, 9):
        fabriques.seance(date=timezone.now() + timedelta(days=jours, seconds=60))
    for jours in (0, 10, 20):
        projet = fabriques.projet_en(Statut.AVIS_IEN)
        AvisIEN.objects.filter(projet=projet).update(demande_le=timezone.now() - timedelta(days=jours))
    fabriques.projet_en(Statut.VALIDE)
    type(projet).objects.filter(pk=fabriques.projet_en(Statut.VALIDE).pk).update(porteur=qui)
    qui = type(qui).objects.get(pk=qui.pk)
    attendus = [un for un in agenda.evenements(qui) if agenda.jour(un.debut) >= timezone.localdate()]
    assert {un.uid.partition("-")[0] for un in attendus} == {"seance", "avis", "bilan", "bilans"}
    for combien in (1, 3, 100):
        suite = agenda.a_venir(qui, combien)
        assert suite.prochains == attendus[:combien]
        assert (suite.nombre, suite.en_partie) == (len(attendus), False)
    monkeypatch.setattr(agenda, "COMPTE_MAX", 3)
    client.force_login(qui)
    assert f"Les 5 premières dates sur {len(attendus)} ou plus." in client.get(
        reverse("mon_compte_agenda")
    ).content.decode().replace("\xa0", " ")


@pytest.mark.parametrize("nombre", [1, 3])
def test_nombre_de_requetes_constant(client, appel, django_assert_num_queries, nombre):
    coordination = fabriques.de_role(Role.COORDINATEUR_EN)
    for role in (Role.IEN, Role.PILOTE_EN):
        coordination.correspondant.habilitations.create(role=role)
    for _ in range(nombre):
        fabriques.projet_en(Statut.VALIDE)
        fabriques.projet_en(Statut.AVIS_IEN)
    ou = adresse(coordination)
    with django_assert_num_queries(9):
        assert client.get(ou).status_code == 200


# --- the address ------------------------------------------------------------------------------------------------------


def test_l_adresse_se_lit_sans_compte_et_ne_dit_rien_de_personne(client, appel):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    ien = fabriques.de_role(Role.IEN)
    reponse = client.get(adresse(ien))
    assert reponse.status_code == 200
    assert reponse["Content-Type"] == "text/calendar; charset=utf-8"
    assert reponse["Cache-Control"] == "private, no-cache"
    assert reponse["Referrer-Policy"] == "no-referrer"
    assert reponse["X-Robots-Tag"] == "noindex, nofollow"
    (lu,) = Calendar.from_ical(reponse.content).walk("VEVENT")
    assert projet.numero in lu["SUMMARY"]
    assert "@example.org" not in reponse.content.decode()
    assert not client.cookies
    assert FluxAgenda.objects.get().lu_le
    assert client.head(adresse(ien)).content == b""
    assert client.post(adresse(ien)).status_code == 405


def test_renouvelee_supprimee_ou_fermee_elle_n_ouvre_plus_rien(client, appel):
    compte = fabriques.utilisateur()
    ancienne = adresse(compte)
    assert adresse(compte) == ancienne  # a second click makes no second address
    liens_agenda.renouveler(compte)
    nouvelle = adresse(compte)
    assert (client.get(ancienne).status_code, client.get(nouvelle).status_code) == (404, 200)
    assert liens_agenda.supprimer(compte)
    assert not liens_agenda.supprimer(compte)
    assert liens_agenda.renouveler(compte) is None
    assert client.get(nouvelle).status_code == 404
    recreee = adresse(compte)
    assert (client.get(nouvelle).status_code, client.get(recreee).status_code) == (404, 200)
    compte.is_active = False
    compte.save()
    assert client.get(recreee).status_code == 404


@pytest.mark.une_seule_base
def test_une_adresse_alteree_n_ouvre_rien(client, appel):
    un, autre = fabriques.utilisateur(), fabriques.utilisateur("autre@example.org")
    jeton, second = (liens_agenda.jeton(liens_agenda.creer(compte)) for compte in (un, autre))
    pk, secret, signature = jeton.split(".")
    flux = FluxAgenda(pk=int(pk), secret="un-autre-secret")
    fausses = [
        *(jeton[:rang] + ("a" if jeton[rang] != "a" else "b") + jeton[rang + 1 :] for rang in range(0, len(jeton), 7)),
        f"{pk}.{second.split('.')[1]}.{signature}",
        f"{pk}.{secret}",
        f"{pk}.{secret}.",
        "..",
        "é\x00",
        f"{10**30}.{secret}.{signature}",
        liens_agenda.jeton(flux),  # well signed, of another secret
        liens_agenda.jeton(FluxAgenda(pk=10**30, secret=secret)),
    ]
    for fausse in fausses:
        assert client.get(reverse("agenda", args=[fausse])).status_code == 404, fausse


def test_ce_qui_n_a_pas_change_n_est_pas_renvoye(client, appel):
    fabriques.seance()
    ou = adresse(fabriques.de_role(Role.PILOTE_EN))
    premiere = client.get(ou)
    par_etiquette = client.get(ou, headers={"If-None-Match": premiere["ETag"]})
    par_date = client.get(ou, headers={"If-Modified-Since": premiere["Last-Modified"]})
    assert (par_etiquette.status_code, par_date.status_code) == (304, 304)
    assert par_etiquette["ETag"] == premiere["ETag"]
    assert par_etiquette.content == b""
    FluxAgenda.objects.update(change_le=timezone.now() - timedelta(days=2))
    avant = client.get(ou)["Last-Modified"]
    SeanceTroika.objects.update(lieu="Ailleurs")
    for entetes in ({"If-None-Match": premiere["ETag"]}, {"If-Modified-Since": avant}):
        assert client.get(ou, headers=entetes).status_code == 200


@pytest.mark.une_seule_base
def test_trop_de_lectures_attendent_l_heure_suivante(client, appel, monkeypatch):
    monkeypatch.setattr(liens_agenda, "LECTURES_PAR_HEURE", 2)
    monkeypatch.setattr(liens_agenda.time, "time", lambda: 7200.0)
    ou, ailleurs = adresse(fabriques.utilisateur()), adresse(fabriques.utilisateur("autre@example.org"))
    lues = [client.get(ou).status_code for _ in range(3)]
    assert lues == [200, 200, 429]
    assert client.get(ou)["Retry-After"] == "3600"
    assert client.get(ailleurs).status_code == 200
    cache.clear()
    assert client.get(ou).status_code == 200


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.mark.une_seule_base
def test_la_page_cree_montre_change_et_supprime(client, appel):
    compte = fabriques.utilisateur()
    client.force_login(compte)
    page = reverse("mon_compte_agenda")
    assert "Créer l’adresse de mon agenda" in client.get(page).content.decode()
    assert not FluxAgenda.objects.exists()  # looking makes nothing
    client.post(page)
    premiere = adresse(compte)
    assert f"http://testserver{premiere}" in client.get(page).content.decode()
    assert "Voir l’adresse de mon agenda" in client.get(reverse("mon_compte")).content.decode()
    for geste in ("renouveler", "supprimer"):
        ou = reverse("mon_compte_agenda_geste", args=[geste])
        avant = FluxAgenda.objects.get().secret
        assert client.get(ou).status_code == 200
        assert FluxAgenda.objects.get().secret == avant  # nothing before the button
        client.post(ou)
        assert FluxAgenda.objects.get().secret != avant
    assert client.get(ou).status_code == 302  # nothing left to remove
    assert client.get(premiere).status_code == 404
    assert client.get(reverse("mon_compte_agenda_geste", args=["autre"])).status_code == 404


@pytest.mark.une_seule_base
def test_une_seance_se_telecharge_par_qui_la_voit(client, appel):
    seance = fabriques.seance(lieu="Hôtel de ville ; salle 2, étage 1")
    ou = reverse("troika_agenda", args=[seance.pk])
    client.force_login(fabriques.utilisateur())
    assert client.get(ou).status_code == 403
    client.force_login(fabriques.de_role(Role.PILOTE_VILLE))
    assert ou in client.get(reverse("troika_seance", args=[seance.pk])).content.decode()
    reponse = client.get(ou)
    (lu,) = Calendar.from_ical(reponse.content).walk("VEVENT")
    assert lu["LOCATION"] == "Hôtel de ville ; salle 2, étage 1"
    assert lu["DTSTART"].dt == seance.date.replace(microsecond=0)
    assert reponse["Content-Disposition"].startswith("attachment;")
