"""Several people in the room of the troïka at the same moment: withdrawals, voices, notes, decisions, publication."""

from functools import partial

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets import salle
from projets.enums import SensDecision, Statut, Voix
from projets.models import AvisTroika, Decision, Deport, PointOrdreDuJour, SeanceTroika
from projets.workflow import publier_seance

from . import fabriques
from .fabriques import de_role, projet_en
from .test_concurrence import connecte, decide, ensemble, frais, gagnants

pytestmark = pytest.mark.django_db(transaction=True)


def test_deport_contre_voix_jamais_une_voix_d_un_deporte():
    projet = projet_en(Statut.INSCRIT)
    point = projet.points.get()
    client, lien = connecte(Role.PILOTE_VILLE), f"deport-{point.pk}"
    voix = (reverse("troika_voix", args=[point.seance_id, point.pk]), {f"voix-{point.pk}-voix_pilote_ville": Voix.POUR})
    deport = (
        reverse("troika_deport", args=[point.seance_id, point.pk]),
        {f"{lien}-pilote": Role.PILOTE_VILLE, f"{lien}-motif": "Membre du bureau."},
    )
    reponses = ensemble(partial(client.post, *voix), partial(connecte(Role.COORDINATEUR_EN).post, *deport))
    assert reponses[1].status_code == 302
    assert reponses[0].status_code in (302, 409)  # erased by the withdrawal, or refused after it
    assert Deport.objects.filter(point=point).count() == 1
    assert not AvisTroika.objects.filter(point=point).exists()


def test_deux_deports_du_meme_pilote_un_seul_est_garde():
    point = PointOrdreDuJour.objects.select_related("projet").get(projet=projet_en(Statut.INSCRIT))
    par = [de_role(Role.PILOTE_VILLE), de_role(Role.COORDINATEUR_EN)]
    gestes = [partial(salle.deporter, point, Role.PILOTE_VILLE, "Lien.", personne) for personne in par]
    assert len(gagnants(ensemble(*gestes))) == 1
    assert Deport.objects.count() == 1


def test_deport_contre_publication_rien_de_publie_avec_une_voix_retiree():
    projet = projet_en(Statut.INSCRIT)
    seance = decide(projet)
    point = PointOrdreDuJour.objects.select_related("projet").get(projet=projet)
    publication, deport = ensemble(
        partial(publier_seance, SeanceTroika.objects.get(pk=seance.pk), par=de_role(Role.COORDINATEUR_EN)),
        partial(salle.deporter, point, Role.PILOTE_VILLE, "Lien.", de_role(Role.PILOTE_VILLE)),
    )
    assert len(gagnants([publication, deport])) == 1
    publiee = not SeanceTroika.objects.get(pk=seance.pk).est_ouverte
    assert (publiee, AvisTroika.objects.filter(point=point).count()) in ((True, 3), (False, 2))
    assert publiee != Deport.objects.exists()


def test_voix_et_notes_contre_publication_aucune_ecriture_apres():
    """What was recorded before is published with the rest; what comes after is given back to who wrote it."""
    projet = projet_en(Statut.INSCRIT)
    seance = decide(projet)
    point = projet.points.get()
    champ = f"voix-{point.pk}-voix_pilote_ville"
    voix = {champ: Voix.CONTRE, f"initial-{champ}": Voix.POUR}
    notes = {f"notes-{point.pk}-notes": "Dit au dernier moment.", f"initial-notes-{point.pk}-notes": ""}
    arguments = [seance.pk, point.pk]
    publication, voix_, notes_ = ensemble(
        partial(publier_seance, SeanceTroika.objects.get(pk=seance.pk), par=de_role(Role.COORDINATEUR_EN)),
        partial(connecte(Role.PILOTE_VILLE).post, reverse("troika_voix", args=arguments), voix),
        partial(connecte(Role.PILOTE_EN).post, reverse("troika_notes", args=arguments), notes),
    )
    assert not isinstance(publication, Exception)
    changee = AvisTroika.objects.get(point=point, pilote=Role.PILOTE_VILLE).voix == Voix.CONTRE
    notee = PointOrdreDuJour.objects.get(pk=point.pk).notes != ""
    assert (voix_.status_code, notes_.status_code) == (302 if changee else 409, 302 if notee else 409)
    assert notee or "Dit au dernier moment." in notes_.content.decode()


def test_notes_ecrites_a_deux_le_second_est_prevenu():
    point = projet_en(Statut.INSCRIT).points.get()
    adresse, champ = reverse("troika_notes", args=[point.seance_id, point.pk]), f"notes-{point.pk}-notes"
    textes = ("La ville prête la salle.", "Budget à resserrer.")
    clients = [connecte(Role.PILOTE_VILLE), connecte(Role.PILOTE_PREFECTURE)]
    reponses = ensemble(*(partial(c.post, adresse, {champ: t}) for c, t in zip(clients, textes, strict=True)))
    assert sorted(reponse.status_code for reponse in reponses) == [302, 409]
    refusee = next(reponse.content.decode() for reponse in reponses if reponse.status_code == 409)
    assert all(texte in refusee for texte in textes)


def test_deux_decisions_par_la_page_la_seconde_garde_sa_saisie():
    projet = projet_en(Statut.INSCRIT)
    fabriques.donner_les_voix(projet)
    point = projet.points.get()
    adresse, version = reverse("troika_decision", args=[point.seance_id, point.pk]), frais(projet).version
    gestes = []
    for role, montant in ((Role.COORDINATEUR_EN, "311"), (Role.COORDINATEUR_VILLE, "722")):
        saisie = {"version": version, "sens": SensDecision.VALIDE, "montant_2026_etat": montant}
        donnees = {f"decision-{point.pk}-{nom}": valeur for nom, valeur in saisie.items()}
        gestes.append(partial(connecte(role).post, adresse, donnees))
    reponses = ensemble(*gestes)
    assert sorted(reponse.status_code for reponse in reponses) == [302, 409]
    refusee = next(reponse.content.decode() for reponse in reponses if reponse.status_code == 409)
    assert "311" in refusee
    assert "722" in refusee
    assert Decision.objects.get().montants.count() == 1
