"""Several people at the same instant, in real threads: exactly one wins where one must, all win where all can."""

import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from correspondants.enums import Degre, Role
from correspondants.models import Etablissement
from projets import demandes_avis, integrite, sceaux, seances
from projets.dossier import InterventionPrevue
from projets.enregistrement import enregistrer
from projets.enums import Action, Fait, Financeur, SensAvis, SensDecision, Statut, Voix
from projets.forms.salle import VoixForm
from projets.journal import consigner
from projets.liens_avis import jeton_avis, jeton_delegation
from projets.models import (
    AvisIEN,
    AvisTroika,
    Courriel,
    Decision,
    Lettre,
    ModificationConcurrente,
    Passage,
    PointOrdreDuJour,
    Projet,
    Sceau,
    SeanceTroika,
)
from projets.permissions import LienAvis
from projets.workflow import ActionImpossible, executer, publier_seance

from . import fabriques
from .fabriques import de_role, dossier_complet, projet_en

pytestmark = pytest.mark.django_db(transaction=True)

REFUS = (ActionImpossible, ModificationConcurrente)


def ensemble(*gestes: Callable[[], Any]) -> list[Any]:
    """Runs gestures in as many threads, started together: what each returned, or the exception it raised."""
    depart = threading.Barrier(len(gestes), timeout=20)
    resultats: list[Any] = [None] * len(gestes)

    def lancer(rang: int, geste: Callable[[], Any]) -> None:
        try:
            depart.wait()
            resultats[rang] = geste()
        except Exception as erreur:  # the test looks at it
            resultats[rang] = erreur
        finally:
            connection.close()

    fils = [threading.Thread(target=lancer, args=(rang, geste)) for rang, geste in enumerate(gestes)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=60)
    assert not any(fil.is_alive() for fil in fils), "un fil attend toujours"
    return resultats


def gagnants(resultats: list[Any]) -> list[Any]:
    """What succeeded; any failure must be a refusal said in French, never a database error."""
    echecs = [resultat for resultat in resultats if isinstance(resultat, Exception)]
    assert all(isinstance(echec, REFUS) for echec in echecs), echecs
    return [resultat for resultat in resultats if not isinstance(resultat, Exception)]


def frais(projet: Projet) -> Projet:
    """The same project as another request would read it, before the start."""
    return Projet.objects.select_related("appel", "porteur").get(pk=projet.pk)


def dossier_deux_autorites() -> Any:
    college = Etablissement.objects.filter(degre=Degre.SECOND).first()
    return dossier_complet(
        interventions=(
            InterventionPrevue(
                "Visites", date(2026, 3, 2), None, "École des Tilleuls", "CM2", "", None, "", "scolaire"
            ),
            InterventionPrevue("Ateliers", date(2026, 3, 9), None, college.nom, "6e", "", None, "", "scolaire"),
        )
    )


def decide(projet: Projet) -> SeanceTroika:
    """A project with its pending decision; its meeting."""
    fabriques.decider(projet)
    return projet.points.get().seance


def test_deux_publications_une_seule_passe():
    projet = projet_en(Statut.INSCRIT)
    seance = decide(projet)
    par = [de_role(Role.COORDINATEUR_EN), de_role(Role.COORDINATEUR_VILLE)]
    gestes = [partial(publier_seance, SeanceTroika.objects.get(pk=seance.pk), par=personne) for personne in par]
    assert len(gagnants(ensemble(*gestes))) == 1
    assert Passage.objects.filter(projet=projet, action=Action.PUBLIER).count() == 1
    assert Courriel.objects.filter(projet=projet, gabarit="decision_publiee").count() == 1
    assert Lettre.objects.get().reference == f"{projet.numero}-L1"
    assert frais(projet).statut == Statut.VALIDE


def test_deux_publications_par_la_page_une_seule_passe():
    projet = projet_en(Statut.INSCRIT)
    seance = decide(projet)
    adresse = reverse("troika_publier", args=[seance.pk])
    vue = seances.empreinte(seance.points.select_related("projet"))
    clients = [connecte(Role.COORDINATEUR_EN), connecte(Role.COORDINATEUR_VILLE)]
    reponses = ensemble(*(partial(client.post, adresse, {"vue": vue}) for client in clients))
    assert [reponse.status_code for reponse in reponses] == [302, 302]  # the second one is told and sent to the meeting
    assert Passage.objects.filter(projet=projet, action=Action.PUBLIER).count() == 1


def test_publication_tout_ou_rien_quand_une_decision_manque():
    premier = projet_en(Statut.INSCRIT)
    seance = decide(premier)
    second = projet_en(Statut.PRET, dossier_complet(titre="Sans décision"))
    executer(second, Action.INSCRIRE, par=de_role(Role.COORDINATEUR_EN), seance=seance)
    with pytest.raises(ActionImpossible):
        publier_seance(seance, par=de_role(Role.COORDINATEUR_EN))
    assert {frais(premier).statut, frais(second).statut} == {Statut.INSCRIT}
    assert not Decision.objects.filter(publiee=True).exists()
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()
    assert SeanceTroika.objects.get(pk=seance.pk).est_ouverte


def test_publication_et_retrait_ne_laissent_pas_un_projet_a_moitie_publie():
    projet = projet_en(Statut.INSCRIT)
    seance = decide(projet)
    resultats = ensemble(
        partial(publier_seance, SeanceTroika.objects.get(pk=seance.pk), par=de_role(Role.COORDINATEUR_EN)),
        partial(executer, frais(projet), Action.DESINSCRIRE, par=de_role(Role.COORDINATEUR_VILLE)),
    )
    assert len(gagnants(resultats)) == 1
    if frais(projet).statut == Statut.VALIDE:
        assert projet.points.get().decision.publiee
    else:
        assert frais(projet).statut == Statut.PRET
        assert SeanceTroika.objects.get(pk=seance.pk).est_ouverte


def test_inscription_pendant_la_publication_ne_laisse_personne_derriere():
    seance = decide(projet_en(Statut.INSCRIT))
    tardif = projet_en(Statut.PRET, dossier_complet(titre="Arrivé trop tard"))
    ensemble(
        partial(publier_seance, SeanceTroika.objects.get(pk=seance.pk), par=de_role(Role.COORDINATEUR_EN)),
        partial(
            executer,
            frais(tardif),
            Action.INSCRIRE,
            par=de_role(Role.COORDINATEUR_VILLE),
            seance=SeanceTroika.objects.get(pk=seance.pk),
        ),
    )
    inscrits = PointOrdreDuJour.objects.filter(seance=seance, projet__statut=Statut.INSCRIT)
    # Either it joined in time and held the publication back, or it stayed ready for another meeting.
    assert SeanceTroika.objects.get(pk=seance.pk).est_ouverte or not inscrits.exists()


def test_inscription_attend_la_publication_en_cours():
    """The order that matters, forced: the publication has closed the meeting and is not committed yet."""
    projet = projet_en(Statut.INSCRIT)
    seance = decide(projet)
    tardif = frais(projet_en(Statut.PRET, dossier_complet(titre="Arrivé trop tard")))
    coordination = de_role(Role.COORDINATEUR_EN)
    fermee = threading.Event()

    def publier_lentement() -> None:
        with transaction.atomic():
            publier_seance(SeanceTroika.objects.get(pk=seance.pk), par=coordination)
            fermee.set()
            time.sleep(0.7)  # the other one starts, and finishes if nothing holds it back, before the commit

    def inscrire() -> Passage:
        fermee.wait(10)
        return executer(
            tardif, Action.INSCRIRE, par=coordination, seance=SeanceTroika(pk=seance.pk, appel_id=seance.appel_id)
        )

    publication, inscription = ensemble(publier_lentement, inscrire)
    assert publication is None
    assert isinstance(inscription, ActionImpossible)
    assert frais(tardif).statut == Statut.PRET


def test_avis_contre_demande_de_complements_un_seul_passe():
    projet = projet_en(Statut.AVIS_IEN)
    avis = projet.avis_ien.get()
    resultats = ensemble(
        partial(executer, frais(projet), Action.RENDRE_AVIS, par=de_role(Role.IEN), avis=avis, sens=SensAvis.FAVORABLE),
        partial(
            executer,
            frais(projet),
            Action.DEMANDER_COMPLEMENTS,
            par=de_role(projet.coordination),
            champs={"resume": "Précisez."},
        ),
    )
    assert len(gagnants(resultats)) >= 1
    rendu = AvisIEN.objects.get(pk=avis.pk).est_rendu
    actions = list(Passage.objects.filter(projet=projet).order_by("pk").values_list("action", flat=True))[2:]
    if rendu:  # the opinion came first; complements may then have been asked of a project that was ready
        assert actions[0] == Action.RENDRE_AVIS
    else:
        assert actions == [Action.DEMANDER_COMPLEMENTS]
        assert frais(projet).statut == Statut.A_COMPLETER


def test_deux_decisions_une_seule_passe():
    projet = projet_en(Statut.INSCRIT)
    fabriques.donner_les_voix(projet)
    gestes = [
        partial(
            executer,
            frais(projet),
            Action.DECIDER,
            par=de_role(role),
            sens=SensDecision.VALIDE,
            montants={(2026, Financeur.ETAT): Decimal(montant)},
        )
        for role, montant in ((Role.COORDINATEUR_EN, 300), (Role.COORDINATEUR_VILLE, 700))
    ]
    assert len(gagnants(ensemble(*gestes))) == 1
    decision = Decision.objects.get(point__projet=projet)
    assert decision.montants.count() == 1
    assert decision.total_accorde in (300, 700)


def test_deux_coordinateurs_inscrivent_le_meme_projet():
    projet = projet_en(Statut.PRET)
    seances_ouvertes = [fabriques.seance(), fabriques.seance()]
    gestes = [
        partial(executer, frais(projet), Action.INSCRIRE, par=de_role(role), seance=seance)
        for role, seance in zip((Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE), seances_ouvertes, strict=True)
    ]
    assert len(gagnants(ensemble(*gestes))) == 1
    assert PointOrdreDuJour.objects.filter(projet=projet).count() == 1


def connecte(role: str) -> Client:
    client = Client()
    client.force_login(de_role(role), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_deux_autorites_repondent_en_meme_temps_et_les_deux_avis_comptent():
    fabriques.charger_appel()
    projet = projet_en(Statut.AVIS_IEN, dossier_deux_autorites())
    ien, autorite = (projet.avis_ien.get(autorite=role) for role in (Role.IEN, Role.AUTORITE_EN))
    compte, lien = connecte(Role.IEN), Client()
    reponses = ensemble(
        partial(compte.post, reverse("avis_rendre", args=[ien.pk]), {"sens": SensAvis.FAVORABLE}),
        partial(lien.post, reverse("avis_lien", args=[jeton_avis(autorite)]), {"sens": "reserve", "motif": "À voir."}),
    )
    assert [reponse.status_code for reponse in reponses] == [302, 302]
    assert frais(projet).statut == Statut.PRET
    assert not projet.avis_ien.attendus().exists()
    assert Passage.objects.filter(projet=projet, action=Action.RENDRE_AVIS).count() == 2


def test_double_appui_sur_le_lien_un_seul_avis():
    projet = projet_en(Statut.AVIS_IEN)
    adresse = reverse("avis_lien", args=[jeton_avis(projet.avis_ien.get())])
    reponses = ensemble(
        partial(Client().post, adresse, {"sens": "favorable"}),
        partial(Client().post, adresse, {"sens": "defavorable", "motif": "Deux réponses à la fois."}),
    )
    assert sorted(reponse.status_code for reponse in reponses)[0] == 302
    assert Passage.objects.filter(projet=projet, action=Action.RENDRE_AVIS).count() == 1


def test_trois_voix_en_meme_temps_aucune_ne_se_perd():
    projet = projet_en(Statut.INSCRIT)
    point = projet.points.get()
    adresse = reverse("troika_voix", args=[point.seance_id, point.pk])
    gestes = []
    for pilote in seances.PILOTES_EN_ORDRE:
        client = connecte(pilote)
        gestes.append(partial(client.post, adresse, {f"voix-{point.pk}-voix_{pilote}": Voix.POUR}))
    assert [reponse.status_code for reponse in ensemble(*gestes)] == [302, 302, 302]
    assert AvisTroika.objects.filter(point=point).count() == 3


def test_meme_voix_saisie_deux_fois_le_second_est_prevenu():
    projet = projet_en(Statut.INSCRIT)
    point = projet.points.get()
    champ = f"voix-{point.pk}-voix_{Role.PILOTE_VILLE}"
    par = de_role(Role.COORDINATEUR_EN)

    def enregistrer(voix: str) -> list[str]:
        relu = PointOrdreDuJour.objects.select_related("projet", "seance").get(pk=point.pk)
        form = VoixForm({champ: voix}, point=relu, pilotes=seances.PILOTES_EN_ORDRE)
        assert form.is_valid(), form.errors
        return form.enregistrer(par)

    phrases = ensemble(partial(enregistrer, Voix.POUR), partial(enregistrer, Voix.CONTRE))
    assert sorted(bool(conflits) for conflits in phrases) == [False, True]
    assert AvisTroika.objects.filter(point=point).count() == 1


def test_l_ordre_du_jour_reste_une_suite_quand_deux_personnes_le_changent():
    projet = projet_en(Statut.INSCRIT)
    seance = projet.points.get().seance
    for titre in ("Deuxième", "Troisième"):
        autre = projet_en(Statut.PRET, dossier_complet(titre=titre))
        executer(autre, Action.INSCRIRE, par=de_role(Role.COORDINATEUR_EN), seance=seance)
    points = list(seance.points.all())
    ensemble(
        partial(seances.deplacer, seance, points[2].pk, -1),
        partial(seances.deplacer, seance, points[0].pk, 1),
    )
    assert sorted(seance.points.values_list("rang", flat=True)) == [1, 2, 3]


# --- opinions -----------------------------------------------------------------------------------------------------------


def test_dernier_avis_contre_inscription_jamais_inscrit_sans_tous_les_avis():
    fabriques.charger_appel()
    projet = projet_en(Statut.AVIS_IEN, dossier_deux_autorites())
    ien, autorite = (projet.avis_ien.get(autorite=role) for role in (Role.IEN, Role.AUTORITE_EN))
    executer(projet, Action.RENDRE_AVIS, par=de_role(Role.IEN), avis=ien, sens=SensAvis.FAVORABLE)
    seance, coordination = fabriques.seance(), de_role(Role.COORDINATEUR_EN)
    rendu, inscrit = ensemble(
        partial(
            executer,
            frais(projet),
            Action.RENDRE_AVIS,
            par=de_role(Role.AUTORITE_EN),
            avis=autorite,
            sens=SensAvis.FAVORABLE,
        ),
        partial(executer, frais(projet), Action.INSCRIRE, par=coordination, seance=seance),
    )
    assert isinstance(rendu, Passage)
    assert isinstance(inscrit, REFUS)  # it had read the project while an opinion was missing
    assert frais(projet).statut == Statut.PRET
    executer(frais(projet), Action.INSCRIRE, par=coordination, seance=seance)


def test_correction_contre_inscription_une_seule_passe():
    projet = projet_en(Statut.PRET)
    avis, seance = projet.avis_ien.get(), fabriques.seance()
    donnees = {"avis": avis, "sens": SensAvis.DEFAVORABLE, "motif": "Tout bien pesé.", "vu": avis.rendu_le}
    resultats = ensemble(
        partial(executer, frais(projet), Action.CORRIGER_AVIS, par=de_role(Role.IEN), **donnees),
        partial(executer, frais(projet), Action.INSCRIRE, par=de_role(Role.COORDINATEUR_EN), seance=seance),
    )
    assert len(gagnants(resultats)) == 1
    corrige = AvisIEN.objects.get(pk=avis.pk).sens == SensAvis.DEFAVORABLE
    assert frais(projet).statut == (Statut.PRET if corrige else Statut.INSCRIT)
    assert AvisIEN.objects.filter(projet=projet, remplace=True).exists() == corrige


def test_avis_redemande_contre_une_inscription_lue_avant():
    """The school-time part changed between the page of the agenda and its POST: the new opinion is waited for."""
    projet = projet_en(Statut.PRET)
    lu, coordination = frais(projet), de_role(projet.coordination)
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=coordination, champs={"interventions": "Précisez."})
    nouvelle = InterventionPrevue(
        "Sortie", date(2026, 5, 4), None, "École des Tilleuls", "CE1", "", None, "", "scolaire"
    )
    enregistrer(projet, projet.contenu.remplacer(interventions=(nouvelle,)))
    executer(projet, Action.DEPOSER, par=projet.porteur)
    seance = fabriques.seance()
    resultats = ensemble(
        partial(executer, frais(projet), Action.DECLARER_COMPLET, par=coordination),
        partial(executer, lu, Action.INSCRIRE, par=coordination, seance=seance),
        partial(executer, frais(projet), Action.INSCRIRE, par=coordination, seance=seance),
    )
    assert len(gagnants(resultats)) == 1
    assert frais(projet).statut == Statut.AVIS_IEN
    assert not PointOrdreDuJour.objects.filter(projet=projet).exists()


def test_autorite_et_delegue_repondent_ensemble_le_premier_l_emporte():
    projet = projet_en(Statut.AVIS_IEN)
    avis = projet.avis_ien.get()
    delegation = demandes_avis.transmettre(
        avis, par=LienAvis(avis), nom="Une collègue", courriel="collegue@example.org"
    )
    liens = [reverse("avis_lien", args=[jeton]) for jeton in (jeton_avis(avis), jeton_delegation(delegation))]
    reponses = ensemble(
        partial(Client().post, liens[0], {"sens": "favorable"}),
        partial(Client().post, liens[1], {"sens": "defavorable", "motif": "Deux réponses à la fois."}),
        partial(connecte(Role.IEN).post, reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}),
    )
    assert sorted(reponse.status_code for reponse in reponses)[0] == 302
    assert sorted(reponse.status_code for reponse in reponses)[1] in (409, 410)
    assert Passage.objects.filter(projet=projet, action=Action.RENDRE_AVIS).count() == 1
    perdant = next(reponse for reponse in reponses if reponse.status_code != 302)
    assert "Rendu par" in perdant.content.decode()


def test_revocation_contre_reponse_par_le_lien():
    projet = projet_en(Statut.AVIS_IEN)
    avis = projet.avis_ien.get()
    adresse = reverse("avis_lien", args=[jeton_avis(avis)])
    reponse, revocation = ensemble(
        partial(Client().post, adresse, {"sens": "favorable"}),
        partial(demandes_avis.revoquer, AvisIEN.objects.get(pk=avis.pk), par=de_role(projet.coordination)),
    )
    assert not isinstance(revocation, Exception)
    avis.refresh_from_db()
    assert avis.est_rendu == (reponse.status_code == 302)
    assert avis.lien_revoque_le
    assert Client().get(adresse).status_code == 410


def test_transmissions_simultanees_ne_depassent_pas_la_limite():
    avis = projet_en(Statut.AVIS_IEN).avis_ien.get()
    gestes = [
        partial(
            demandes_avis.transmettre,
            AvisIEN.objects.get(pk=avis.pk),
            par=LienAvis(avis),
            nom="Collègue",
            courriel=f"collegue{rang % 4}@example.org",
        )
        for rang in range(6)
    ]
    assert len(gagnants(ensemble(*gestes))) == demandes_avis.DELEGATIONS_ACTIVES
    assert Courriel.objects.filter(gabarit="avis_transmis").count() == demandes_avis.DELEGATIONS_ACTIVES


# --- the journal ----------------------------------------------------------------------------------------------------


def test_la_chaine_du_journal_ne_bifurque_pas():
    """Facts, an action, facts of the portal and seals at once: every line in its place, and nobody waits for ever."""
    projet = projet_en(Statut.DEPOSE)
    par = de_role(projet.coordination)
    consigne = partial(consigner, projet, Fait.MESSAGE, par=par)
    resultats = ensemble(
        *[consigne] * 4,
        partial(executer, frais(projet), Action.DECLARER_COMPLET, par=par),
        *[partial(consigner, None, Fait.REGLAGE_MODIFIE, par=par)] * 3,
        *[sceaux.sceller] * 2,
    )
    assert not [resultat for resultat in resultats if isinstance(resultat, Exception)]
    sceaux.sceller()
    bilan = integrite.examiner()
    assert bilan.est_intact, bilan.fautes
    assert list(projet.passages.order_by("rang").values_list("rang", flat=True)) == list(range(1, 7))
    assert Sceau.objects.dernier().passages == Passage.objects.count()


def test_publier_et_consigner_sur_les_memes_projets_ne_se_bloquent_pas():
    projets = [projet_en(Statut.INSCRIT)]
    seance = decide(projets[0])
    for rang in range(2):
        autre = projet_en(Statut.PRET, dossier_complet(titre=f"Autre {rang}"))
        executer(autre, Action.INSCRIRE, par=de_role(Role.COORDINATEUR_EN), seance=seance)
        fabriques.decider(autre)
        projets.append(autre)
    for rang, point in enumerate(seance.points.order_by("-projet"), 1):  # the agenda in the other order
        PointOrdreDuJour.objects.filter(pk=point.pk).update(rang=100 + rang)

    @transaction.atomic
    def consigner_partout() -> None:
        for projet in projets:
            consigner(projet, Fait.MESSAGE, par=de_role(Role.COORDINATEUR_VILLE))
            time.sleep(0.05)

    publication = partial(publier_seance, SeanceTroika.objects.get(pk=seance.pk), par=de_role(Role.COORDINATEUR_EN))
    resultats = ensemble(consigner_partout, publication)
    assert not [resultat for resultat in resultats if isinstance(resultat, Exception)]
    assert integrite.examiner().est_intact
