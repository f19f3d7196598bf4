"""Payments: conditions, ceilings, double clicks, cancellations; money owed back, asked, given back or waived."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correspondants.enums import NaturePorteur, Role
from correspondants.models import Structure
from projets import versements
from projets.enums import Action, ConditionsVersement, Fait, SensVersement
from projets.models import Convention, Courriel, Exercice, Passage, Versement
from projets.relances import relancer_sommes
from projets.suivi_financier import exigences, repartir, sommes_a_rendre, suivre
from projets.workflow import ActionImpossible, ActionInterdite, executer, obstacles

from . import fabriques
from .test_concurrence import ensemble, gagnants
from .versements import ETAT, VILLE, accorder, bilan_accepte, confirme, relire, saisie

pytestmark = pytest.mark.django_db
DEMAIN = timedelta(days=1)
EUROS = st.integers(0, 10_000_000).map(lambda cents: cents * Decimal("0.01"))


def coordination(exercice: Exercice):
    return fabriques.coordinateur_de(exercice.projet)


def payer(exercice: Exercice, montant: str, financeur: str = ETAT, **champs: object) -> Versement:
    return versements.enregistrer(exercice, saisie(montant, financeur, **champs), par=coordination(exercice))


def rendre(exercice: Exercice, montant: str, financeur: str = ETAT, **champs: object) -> Versement:
    return versements.reverser(exercice, saisie(montant, financeur, **champs), par=coordination(exercice))


def courriels(gabarit: str) -> list[Courriel]:
    return list(Courriel.objects.filter(gabarit=gabarit).order_by("pk"))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be busy
@given(total=EUROS, poids=st.lists(EUROS, max_size=8))
@pytest.mark.une_seule_base
def test_une_repartition_s_additionne_au_centime(total, poids):
    parts = repartir(total, {str(rang): un for rang, un in enumerate(poids)})
    assert sum(parts.values()) == (total if any(poids) else 0)
    assert all(part >= 0 for part in parts.values())
    if any(poids):
        somme = sum(poids)
        assert all(abs(parts[str(r)] - total * un / somme) < Decimal("0.01") for r, un in enumerate(poids))


# --- recording --------------------------------------------------------------------------------------------------------


def test_un_versement_se_voit_et_le_porteur_le_sait():
    exercice = confirme()
    payer(exercice, "150.00", reference=" MANDAT-7 ")
    suivi = suivre(exercice)
    etat = suivi.ligne(ETAT)
    assert (suivi.accorde, suivi.paye, suivi.reste) == (Decimal("600.00"), Decimal("150.00"), Decimal("450.00"))
    assert (etat.accorde, etat.paye, etat.reste) == (Decimal("400.00"), Decimal("150.00"), Decimal("250.00"))
    (courriel,) = courriels("versement_enregistre")
    assert courriel.destinataire == exercice.projet.porteur.email
    assert "150,00\u00a0€" in courriel.texte
    assert "MANDAT-7" in courriel.texte
    passage = Passage.objects.get(action=Fait.VERSEMENT)
    assert passage.par == coordination(exercice)
    assert passage.pour_services


@pytest.mark.parametrize(
    ("montant", "financeur", "champs", "phrase"),
    [
        ("400.01", ETAT, {}, "reste 400,00"),
        ("0", ETAT, {}, "supérieur à zéro"),
        ("-5", ETAT, {}, "supérieur à zéro"),
        ("10.001", ETAT, {}, "centime"),
        ("10", "education_nationale", {}, "n’accorde rien"),
        ("10", "inconnu", {}, "n’accorde rien"),
        ("10", ETAT, {"date": timezone.localdate() + DEMAIN}, "à venir"),
        ("10", ETAT, {"derogation": "Urgence", "date": timezone.localdate() + DEMAIN}, "à venir"),
        ("500", ETAT, {"derogation": "Urgence"}, "reste 400,00"),  # a reason opens conditions, never the ceiling
    ],
)
def test_un_versement_impossible_n_est_pas_enregistre(montant, financeur, champs, phrase):
    exercice = confirme()
    with pytest.raises(ActionImpossible, match=phrase):
        payer(exercice, montant, financeur, **champs)
    assert not Versement.objects.exists()
    assert not courriels("versement_enregistre")


def test_avant_les_conditions_il_faut_une_raison_ecrite():
    exercice = accorder()
    with pytest.raises(ActionImpossible, match="pas encore confirmé"):
        payer(exercice, "100.00")
    versement = payer(exercice, "100.00", derogation="Avance décidée en séance.")
    assert versement.derogation == "Avance décidée en séance."
    assert "avant les conditions" in Passage.objects.get(action=Fait.VERSEMENT).motif
    assert payer(confirme(), "100.00", derogation="Sans objet").derogation == ""


def test_la_convention_exigee_attend_sa_signature():
    exercice = confirme()
    convention = Convention.objects.create(exercice=exercice, financeur=ETAT, a_signer=True)
    assert exigences(exercice) == ["La convention avec le financeur « État (préfecture) » n’est pas signée."]
    payer(exercice, "200.00", VILLE)  # the other funder waits for nothing
    with pytest.raises(ActionImpossible, match="pas signée"):
        payer(exercice, "100.00")
    convention.signee_le = timezone.localdate()
    convention.save()
    payer(exercice, "100.00")


def test_la_loi_exige_une_convention_au_dela_de_23_000_euros():
    exercice = confirme()
    Structure.objects.filter(pk=exercice.projet.structure_id).update(nature=NaturePorteur.ASSOCIATION)
    assert exigences(exercice) == []
    exercice.montants_accordes.filter(financeur=ETAT).update(montant=Decimal("23000.01"))
    assert any("n’est pas signée" in phrase for phrase in exigences(exercice))
    Structure.objects.filter(pk=exercice.projet.structure_id).update(nature=NaturePorteur.ECOLE)
    assert not any("n’est pas signée" in phrase for phrase in exigences(exercice))


def test_le_solde_attend_le_bilan_quand_la_convention_le_dit():
    exercice = confirme()
    Convention.objects.create(
        exercice=exercice, financeur=ETAT, versement=ConditionsVersement.ECHELONNE, avance=70
    )  # fmt: skip
    assert exigences(exercice) == []  # 70 % may leave now
    payer(exercice, "280.00")
    with pytest.raises(ActionImpossible, match="bilan 2026 n’est pas encore accepté"):
        payer(exercice, "0.01")
    bilan_accepte(exercice, "1100.00")
    payer(exercice, "120.00")
    assert suivre(exercice).ligne(ETAT).reste == 0


def test_un_bilan_accepte_plafonne_ce_qui_reste_a_verser():
    exercice = confirme()
    payer(exercice, "400.00")
    bilan_accepte(exercice, "950.00")  # 950 - 500 of other resources: 450 of the 600 granted were needed
    suivi = suivre(exercice)
    assert (suivi.justifie, suivi.reste, suivi.a_rendre) == (Decimal("450.00"), Decimal("50.00"), Decimal(0))
    with pytest.raises(ActionImpossible, match="reste 50,00"):
        payer(exercice, "50.01", VILLE)
    payer(exercice, "50.00", VILLE)


def test_un_double_clic_n_enregistre_qu_une_fois():
    exercice = confirme()
    cle = uuid.uuid4()
    premier, second = payer(exercice, "100.00", cle=cle), payer(exercice, "100.00", cle=cle)
    assert premier == second
    assert Versement.objects.count() == len(courriels("versement_enregistre")) == 1


def test_une_reference_ne_s_enregistre_pas_deux_fois():
    exercice = confirme()
    premier = payer(exercice, "100.00", reference="M-1")
    with pytest.raises(ActionImpossible, match="déjà enregistrée"):
        payer(exercice, "100.00", reference="m-1")
    versements.annuler(premier, motif="Saisi deux fois.", par=coordination(exercice))
    payer(exercice, "100.00", reference="M-1")


def test_rien_ne_se_verse_a_un_projet_refuse_ni_a_un_dossier_en_cours():
    for statut in ("inscrit", "refuse"):
        exercice = fabriques.projet_en(statut).exercices.get()
        with pytest.raises(ActionImpossible, match="pas validé"):
            payer(exercice, "10.00", derogation="Quand même")


# --- cancelling, giving back ------------------------------------------------------------------------------------------


def test_un_versement_annule_reste_ecrit_et_ne_compte_plus():
    exercice = confirme()
    versement = payer(exercice, "100.00")
    with pytest.raises(ActionImpossible, match="pourquoi"):
        versements.annuler(versement, motif="  ", par=coordination(exercice))
    versements.annuler(versement, motif="Mauvais projet.", par=coordination(exercice))
    versement.refresh_from_db()
    assert versement.annule_par == coordination(exercice)
    assert suivre(exercice).paye == 0
    assert "Mauvais projet." in courriels("versement_annule")[0].texte
    with pytest.raises(ActionImpossible, match="déjà annulée"):
        versements.annuler(versement, motif="Encore.", par=coordination(exercice))
    with pytest.raises(IntegrityError), transaction.atomic():
        Versement.objects.filter(pk=versement.pk).update(motif_annulation="")


def test_on_ne_rend_pas_plus_que_ce_qui_a_ete_verse():
    exercice = confirme()
    versement = payer(exercice, "100.00")
    with pytest.raises(ActionImpossible, match="100,00"):
        rendre(exercice, "100.01")
    rendu = rendre(exercice, "60.00")
    assert suivre(exercice).paye == Decimal("40.00")
    with pytest.raises(ActionImpossible, match="somme rendue compte"):
        versements.annuler(versement, motif="Erreur.", par=coordination(exercice))
    versements.annuler(rendu, motif="Erreur.", par=coordination(exercice))
    versements.annuler(versement, motif="Erreur.", par=coordination(exercice))
    assert suivre(exercice).paye == 0


QUI = ["porteur", "coordination", "autre_coordination", Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.IEN, Role.ADMIN]


@pytest.mark.parametrize("qui", QUI)
def test_qui_tient_les_versements(qui):
    exercice = confirme()
    deja = payer(exercice, "300.00")
    bilan_accepte(exercice, "700.00")
    autre = ({Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE} - {exercice.projet.coordination}).pop()
    par = {"porteur": exercice.projet.porteur, "coordination": coordination(exercice)}.get(qui) or fabriques.de_role(
        autre if qui == "autre_coordination" else qui
    )
    plus_tard = timezone.localdate() + timedelta(days=30)
    gestes = {
        "demander": lambda: versements.demander_reversement(exercice, motif="Trop versé.", avant_le=plus_tard, par=par),
        "renoncer": lambda: versements.renoncer(exercice, motif="Petite somme.", par=par),
        "reverser": lambda: versements.reverser(exercice, saisie("10.00"), par=par),
        "annuler": lambda: versements.annuler(deja, motif="Erreur.", par=par),
        "enregistrer": lambda: versements.enregistrer(exercice, saisie("0.01", VILLE), par=par),
    }
    permis = set()
    for nom, geste in gestes.items():
        try:
            geste()
        except ActionInterdite:
            continue
        except ActionImpossible:
            pass
        permis.add(nom)
    attendus = {"coordination": set(gestes), "autre_coordination": {"reverser", "annuler", "enregistrer"}}
    assert permis == attendus.get(qui, set())


# --- money owed back --------------------------------------------------------------------------------------------------


@pytest.fixture
def trop_verse():
    """600 € paid, 450 € justified: 150 € to give back, in proportion of what each funder paid."""
    exercice = confirme()
    payer(exercice, "400.00")
    payer(exercice, "200.00", VILLE)
    bilan_accepte(exercice, "950.00")
    return exercice


def demander(exercice: Exercice):
    return versements.demander_reversement(
        exercice, motif="Le bus était offert.", avant_le=timezone.localdate() + timedelta(days=30),
        par=coordination(exercice),
    )  # fmt: skip


def test_une_somme_se_demande_se_rend_et_le_projet_se_clot(trop_verse):
    exercice, projet = trop_verse, trop_verse.projet
    projet.refresh_from_db()
    suivi = suivre(exercice)
    assert suivi.a_rendre == Decimal("150.00") == exercice.bilan.reste_a_rendre
    assert [ligne.a_rendre for ligne in suivi.lignes] == [Decimal("100.00"), Decimal("50.00")]
    assert "150,00" in obstacles(projet, Action.CLORE, coordination(exercice))[0]
    demander(exercice)
    (courriel,) = courriels("somme_a_rendre")
    assert courriel.destinataire == projet.porteur.email
    for mots in (
        "150,00\u00a0€",
        "Le bus était offert.",
        "État (préfecture)\u00a0: 100,00\u00a0€",
        "Ville\u00a0: 50,00\u00a0€",
    ):
        assert mots in courriel.texte
    with pytest.raises(ActionImpossible, match="déjà demandée"):
        demander(exercice)
    rendre(exercice, "100.00")
    assert [ligne.a_rendre for ligne in suivre(exercice).lignes] == [Decimal(0), Decimal("50.00")]
    with pytest.raises(ActionImpossible, match="50,00"):
        executer(projet, Action.CLORE, par=coordination(exercice))
    rendre(exercice, "50.00", VILLE)
    assert not sommes_a_rendre(Exercice.objects.all()).exists()
    executer(projet, Action.CLORE, par=coordination(exercice))


def test_les_financeurs_peuvent_renoncer_avec_une_raison(trop_verse):
    exercice, projet = trop_verse, trop_verse.projet
    projet.refresh_from_db()
    demander(exercice)
    with pytest.raises(ActionImpossible, match="pourquoi"):
        versements.renoncer(exercice, motif="", par=coordination(exercice))
    demande = versements.renoncer(exercice, motif="L’association est en difficulté.", par=coordination(exercice))
    assert demande.montant_remis == Decimal("150.00")
    assert suivre(exercice).a_rendre == 0
    assert "difficulté" in courriels("somme_remise")[0].texte
    executer(projet, Action.CLORE, par=coordination(exercice))


def test_rien_a_rendre_rien_a_demander():
    exercice = confirme()
    payer(exercice, "400.00")
    with pytest.raises(ActionImpossible, match="Rien n’est à rendre"):  # no bilan says so yet
        demander(exercice)
    bilan_accepte(exercice, "1100.00")
    with pytest.raises(ActionImpossible, match="Rien n’est à rendre"):
        demander(exercice)
    with pytest.raises(ActionImpossible, match="Rien n’est à rendre"):
        versements.renoncer(exercice, motif="Rien.", par=coordination(exercice))


def test_le_porteur_est_relance_autour_de_la_date(trop_verse):
    demande = demander(trop_verse)
    comptes = {n: relancer_sommes(demande.avant_le + timedelta(days=n)) for n in (-8, -7, 0, 1, 7, 30)}
    assert comptes == {-8: 0, -7: 1, 0: 1, 1: 0, 7: 1, 30: 1}
    assert relancer_sommes(demande.avant_le) == 0
    Courriel.objects.filter(gabarit="relance_somme_a_rendre").delete()
    rendre(trop_verse, "100.00")
    relancer_sommes(demande.avant_le)
    assert "50,00\u00a0€" in courriels("relance_somme_a_rendre")[0].texte
    rendre(trop_verse, "50.00", VILLE)
    assert relancer_sommes(demande.avant_le + timedelta(days=7)) == 0


def test_tout_s_additionne_quoi_qu_il_arrive():
    """Payments, refunds and cancellations in turn: what is paid is always the rows', within what is granted."""
    exercice = confirme()
    lignes: list[Versement] = []
    for rang, montant in enumerate((120, 80, 300, 50, 45, 200, 10, 999)):
        try:
            if rang % 3 == 2:
                lignes.append(rendre(exercice, f"{montant}.37", (ETAT, VILLE)[rang % 2]))
            else:
                lignes.append(payer(exercice, f"{montant}.37", (ETAT, VILLE)[rang % 2]))
            if rang % 4 == 3:
                versements.annuler(lignes[0], motif="Erreur.", par=coordination(exercice))
        except ActionImpossible:
            pass
        suivi = suivre(exercice)
        en_vigueur = Versement.objects.en_vigueur()
        verse = sum((v.montant for v in en_vigueur if v.sens == SensVersement.VERSEMENT), Decimal(0))
        rendu = sum((v.montant for v in en_vigueur if v.sens == SensVersement.REVERSEMENT), Decimal(0))
        assert suivi.paye == verse - rendu == sum(ligne.paye for ligne in suivi.lignes)
        assert all(0 <= ligne.paye <= ligne.accorde for ligne in suivi.lignes)
        assert suivi.paye + suivi.reste == suivi.accorde
    assert Versement.objects.count() >= 4


# --- races ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_deux_versements_au_meme_instant_ne_depassent_jamais_ce_qui_est_accorde(appel):
    exercice = confirme()
    gestes = [lambda: payer(relire(exercice), "300.00") for _ in range(4)]
    assert len(gagnants(ensemble(*gestes))) == 1
    assert suivre(exercice).ligne(ETAT).paye == Decimal("300.00")


@pytest.mark.django_db(transaction=True)
def test_le_meme_envoi_au_meme_instant_n_ecrit_qu_une_ligne(appel):
    exercice, cle = confirme(), uuid.uuid4()
    resultats = gagnants(ensemble(*[lambda: payer(relire(exercice), "50.00", cle=cle) for _ in range(4)]))
    assert len(resultats) == 4
    assert Versement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_deux_demandes_au_meme_instant_n_en_font_qu_une(appel):
    exercice = confirme()
    payer(exercice, "400.00")
    bilan_accepte(exercice, "600.00")
    assert len(gagnants(ensemble(*[lambda: demander(relire(exercice)) for _ in range(3)]))) == 1
    assert len(courriels("somme_a_rendre")) == 1
