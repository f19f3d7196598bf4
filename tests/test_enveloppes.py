"""Envelopes: what is left of each is always worked out the same way; movements conserve, refuse, are cancelled, are told."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correspondants.enums import Role
from projets import enveloppes
from projets.enums import (
    Fait,
    Financeur,
    GenreBilan,
    IssueAction,
    SensDecision,
    SensVersement,
    Statut,
    StatutBilan,
)
from projets.enveloppes import additionner, situations
from projets.justifications import arrondir, justifies
from projets.models import (
    Appel,
    Bilan,
    Compte,
    Decision,
    DepassementEnveloppe,
    Enveloppe,
    Exercice,
    GenreMouvement,
    LigneBilan,
    MontantAccorde,
    MouvementEnveloppe,
    Passage,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
    Versement,
)
from projets.mouvements import DepassementNonMotive, MouvementRefuse, annuler_mouvement, mouvementer
from projets.workflow import ActionImpossible, publier_seance

from . import fabriques
from .fabriques import de_role, projet_en

pytestmark = pytest.mark.django_db
JOUR = date(2026, 3, 12)
ETAT, VILLE = (2026, Financeur.ETAT), (2026, Financeur.VILLE)
CLES = (ETAT, VILLE, (2027, Financeur.VILLE), (2027, Financeur.AUTRE))  # the last one is voted by nobody
ZERO = Decimal("0.00")
GRANDS = st.decimals(min_value=Decimal("0.01"), max_value=5000, places=2)


def bouger(genre: str, montant: object = 100, **options: object) -> MouvementEnveloppe:
    options = {"date": JOUR, "motif": "Délibération no 12.", "par": de_role(Role.COORDINATEUR_VILLE), **options}
    return mouvementer(Appel.objects.courant(), GenreMouvement(genre), Decimal(montant), **options)


def situation(cle: tuple[int, str]) -> enveloppes.SituationEnveloppe:
    return next(s for s in situations([Appel.objects.courant()], [cle[0]]) if s.cle == cle)


def ouvrir(**montants: int) -> None:
    """Envelopes of 2026 by funder."""
    appel = fabriques.charger_appel()
    for financeur, montant in montants.items():
        Enveloppe.objects.update_or_create(
            appel=appel, annee=2026, financeur=financeur, defaults={"montant": Decimal(montant)}
        )


def dans_une_base_neuve(test: Callable[..., None]) -> Callable[..., None]:
    """Each example of a property test undoes what it wrote."""

    @wraps(test)
    def essai(*args: object, **options: object) -> None:
        with transaction.atomic():
            test(*args, **options)
            transaction.set_rollback(True)

    return essai


# --- the sums ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Geste:
    """One thing that happens to envelopes, in the order it was drawn."""

    quoi: str
    cle: int
    autre: int
    montant: Decimal
    motive: bool


GESTES = st.lists(
    st.builds(
        Geste,
        st.sampled_from(["ajout", "retrait", "transfert", "annulation", "decision", "attente", "paye", "rendu"]),
        st.integers(0, len(CLES) - 1), st.integers(0, len(CLES) - 1), GRANDS, st.booleans(),
    ), max_size=14,
)  # fmt: skip


class Tenue:
    """The same envelopes kept by hand, and the rows that say what was granted and paid."""

    def __init__(self) -> None:
        self.appel, self.par = Appel.objects.courant(), de_role(Role.ADMIN)
        self.sommes: dict[str, dict[tuple[int, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.faits: list[tuple[MouvementEnveloppe, Geste]] = []
        for cle in CLES[:3]:
            Enveloppe.objects.create(appel=self.appel, annee=cle[0], financeur=cle[1], montant=Decimal(3000))
            self.sommes["vote"][cle] = Decimal(3000)
        self.projet = Projet.objects.create(
            appel=self.appel, numero="2026-0001", statut=Statut.VALIDE, depose_le=timezone.now()
        )
        self.exercices = {a: Exercice.objects.create(projet=self.projet, annee=a) for a in (2026, 2027)}

    def reste(self, cle: tuple[int, str]) -> Decimal:
        return self.dotation(cle) - self.sommes["engage"][cle] - self.sommes["attente"][cle]

    def dotation(self, cle: tuple[int, str]) -> Decimal:
        s = self.sommes
        return s["vote"][cle] + s["ajouts"][cle] - s["retraits"][cle] + s["transferts"][cle]

    def jouer(self, geste: Geste) -> None:
        if geste.quoi in GenreMouvement:
            self.mouvement(geste)
        elif geste.quoi == "annulation":
            self.annulation(geste)
        elif geste.quoi in ("decision", "attente"):
            self.accorder(CLES[geste.cle], geste.montant, geste.quoi == "decision")
        else:
            cle, sens = CLES[geste.cle], SensVersement.VERSEMENT if geste.quoi == "paye" else SensVersement.REVERSEMENT
            Versement.objects.create(
                exercice=self.exercices[cle[0]], financeur=cle[1], sens=sens, montant=geste.montant, date=JOUR,
                saisi_par=self.par,
            )  # fmt: skip
            self.sommes["paye"][cle] += geste.montant if geste.quoi == "paye" else -geste.montant

    def bouts(self, geste: Geste) -> tuple[tuple[int, str] | None, tuple[int, str] | None]:
        cle, autre = CLES[geste.cle], CLES[geste.autre]
        return {"ajout": (None, cle), "retrait": (cle, None), "transfert": (cle, autre)}[geste.quoi]

    def sort(self, cle: tuple[int, str] | None, geste: Geste) -> bool:
        """Whether the rules let the money go out of an envelope."""
        return cle is None or (
            self.dotation(cle) >= geste.montant and (self.reste(cle) >= geste.montant or geste.motive)
        )

    def mouvement(self, geste: Geste) -> None:
        de, vers = self.bouts(geste)
        permis = de != vers and self.sort(de, geste)
        motif = "Reliquat attendu." if geste.motive else ""
        try:
            fait = bouger(geste.quoi, geste.montant, de=de, vers=vers, motif_depassement=motif, par=self.par)
        except MouvementRefuse:
            assert not permis, geste
        else:
            assert permis, geste
            self.faits.append((fait, geste))
            self.compter(geste, de, vers, geste.montant)

    def annulation(self, geste: Geste) -> None:
        if not self.faits:
            return
        fait, origine = self.faits.pop(geste.cle % len(self.faits))
        de, vers = self.bouts(origine)
        permis = self.sort(vers, Geste("", 0, 0, fait.montant, geste.motive))
        try:
            annuler_mouvement(fait, motif="Erreur.", par=self.par, motif_depassement="Assumé." if geste.motive else "")
        except MouvementRefuse:
            assert not permis, geste
            self.faits.append((fait, origine))
        else:
            assert permis, geste
            self.compter(origine, de, vers, -fait.montant)

    def compter(self, geste: Geste, de: object, vers: object, montant: Decimal) -> None:
        if geste.quoi == "transfert":
            self.sommes["transferts"][de] -= montant
            self.sommes["transferts"][vers] += montant
        else:
            self.sommes[f"{geste.quoi}s"][de or vers] += montant

    def accorder(self, cle: tuple[int, str], montant: Decimal, publiee: bool) -> None:
        maintenant = timezone.now() if publiee else None
        seance = SeanceTroika.objects.create(appel=self.appel, date=timezone.now(), publiee_le=maintenant)
        point = PointOrdreDuJour.objects.create(seance=seance, projet=self.projet)
        decision = Decision.objects.create(point=point, sens=SensDecision.VALIDE, publiee=publiee, par=self.par)
        MontantAccorde.objects.create(
            decision=decision, exercice=self.exercices[cle[0]], financeur=cle[1], montant=montant
        )
        self.sommes["engage" if publiee else "attente"][cle] += montant

    def verifier(self) -> None:
        lues = {s.cle: s for s in situations([self.appel])}
        for cle in CLES:
            lue = lues.get(cle) or enveloppes.SituationEnveloppe("", cle[0], cle[1])
            for champ, nom in (("engage", "engage"), ("en_attente", "attente"), ("paye", "paye"), ("ajouts", "ajouts"),
                               ("retraits", "retraits"), ("transferts", "transferts"), ("vote", "vote")):  # fmt: skip
                assert getattr(lue, champ) == self.sommes[nom][cle], (champ, cle)
            assert (lue.dotation, lue.reste) == (self.dotation(cle), self.reste(cle))
            assert lue.reste_publie == lue.reste + lue.en_attente
            assert lue.depassement == max(-lue.reste, ZERO)
            assert lue.dotation >= 0
        total = additionner(lues.values(), 2026)
        s = self.sommes
        assert total.transferts == 0  # what one envelope gives, another one receives
        assert total.dotation == sum(s["vote"].values()) + sum(s["ajouts"].values()) - sum(s["retraits"].values())
        assert total.reste == total.dotation - sum(s["engage"].values()) - sum(s["attente"].values())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gestes=GESTES)
@dans_une_base_neuve
def test_des_gestes_au_hasard_laissent_des_enveloppes_qui_s_additionnent(appel, gestes):
    tenue = Tenue()
    for geste in gestes:
        tenue.jouer(geste)
    tenue.verifier()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tirages=st.lists(
        st.tuples(
            GRANDS,
            st.just(ZERO) | GRANDS,
            st.sampled_from([2026, 2027]),
            GRANDS,
            st.just(ZERO) | GRANDS,
            st.sampled_from(IssueAction.values),
        ),
        max_size=5,
    )
)
@dans_une_base_neuve
def test_justifie_est_l_accorde_moins_ce_qui_est_a_rendre(appel, tirages):
    """In SQL and by funder, what ``Bilan.reste_a_rendre`` says project by project, to the cent."""
    tenue = Tenue()
    charge = Compte.objects.filter(sens="charge", code__startswith="60").first()
    produit = Compte.objects.get(code="74-COMMUNE")
    attendu: dict[int, Decimal] = defaultdict(Decimal)
    for rang, (etat, ville, annee, charges, autres, issue) in enumerate(tirages):
        projet = Projet.objects.create(
            appel=appel, numero=f"2026-1{rang:03}", statut=Statut.VALIDE, depose_le=timezone.now()
        )
        tenue.projet, exercice = projet, Exercice.objects.create(projet=projet, annee=annee)
        tenue.exercices[annee] = exercice
        tenue.accorder((annee, Financeur.ETAT), etat, True)
        if ville:
            tenue.accorder((annee, Financeur.VILLE), ville, True)
        bilan = Bilan.objects.create(
            exercice=exercice, genre=GenreBilan.DEFINITIF, statut=StatutBilan.ACCEPTE, issue=issue
        )
        LigneBilan.objects.create(bilan=bilan, compte=charge, sens="charge", realise=charges)
        LigneBilan.objects.create(bilan=bilan, compte=produit, sens="produit", realise=autres)
        attendu[annee] += etat + ville - bilan.reste_a_rendre
    lus: dict[int, Decimal] = defaultdict(Decimal)
    for (_, annee, _), montant in justifies(Exercice.objects.all()).items():
        assert montant >= 0
        lus[annee] += montant
    assert lus == attendu


def test_arrondir_ne_perd_aucun_centime():
    tiers = Decimal(100) / 3
    assert sum(arrondir({"a": tiers, "b": tiers, "c": tiers}).values()) == Decimal("100.00")
    assert arrondir({"a": Decimal("66.666"), "b": Decimal("33.334")}) == {"a": Decimal("66.67"), "b": Decimal("33.33")}


def test_situations_en_un_nombre_constant_de_requetes(django_assert_num_queries):
    appel = projet_en(Statut.VALIDE).appel
    for nombre in (1, 3):
        for _ in range(nombre):
            bouger("transfert", 10, de=ETAT, vers=VILLE)
        with django_assert_num_queries(4):  # a fifth for the reasons, when one is overrun
            situations([appel])
        projet_en(Statut.VALIDE)


def test_ce_qui_attend_sur_le_projet_de_qui_lit_ne_se_devine_pas():
    porteuse = fabriques.utilisateur("porteuse@example.org", Role.COORDINATEUR_EN)
    projet = projet_en(Statut.INSCRIT, porteur=porteuse)
    ouvrir(etat=500)
    fabriques.decider(projet, justification_depassement="Reliquat.")
    appel = projet.appel
    etat = {s.cle: s for s in situations([appel], lecteur=porteuse)}[ETAT]
    assert (etat.en_attente, etat.reste, etat.motifs) == (0, 500, ())
    assert {s.cle: s for s in situations([appel], lecteur=de_role(Role.PILOTE_EN))}[ETAT].reste == -500


def test_une_seance_publiee_garde_ses_enveloppes_du_jour():
    projet = projet_en(Statut.VALIDE)
    ouvrir(etat=2000, ville=2000)
    apres = timezone.now()
    ajout = bouger("ajout", 300, vers=ETAT)
    avant = {s.cle: s for s in situations([projet.appel], au=apres)}[ETAT]
    assert (avant.dotation, avant.reste) == (2000, 1000)
    annulation = timezone.now()
    annuler_mouvement(ajout, motif="Erreur.", par=de_role(Role.ADMIN))
    assert {s.cle: s for s in situations([projet.appel], au=annulation)}[ETAT].dotation == 2300
    assert situation(ETAT).dotation == 2000


# --- movements --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changements", "phrase"),
    [
        ({"montant": 0}, "plus grand que zéro"),
        ({"motif": "  "}, "Écrivez le motif"),
        ({"date": timezone.localdate() + timedelta(days=1)}, "pas encore passée"),
        ({"genre": "transfert", "de": ETAT, "vers": ETAT}, "choisissez-en deux"),
        ({"genre": "retrait", "de": ETAT, "vers": None, "montant": 2001}, "est dotée de 2 000,00"),
        ({"genre": "retrait", "de": (2031, Financeur.AUTRE), "vers": None}, "est dotée de 0,00"),
        ({"genre": "retrait", "de": ETAT, "vers": None, "montant": 1500}, "soit un dépassement de 500,00"),
        ({"par": "pilote_ville"}, "reviennent aux coordinations"),
        ({"par": "observateur"}, "reviennent aux coordinations"),
    ],
)
def test_mouvement_refuse_dit_pourquoi_et_n_ecrit_rien(changements, phrase):
    projet_en(Statut.VALIDE)  # 1 000 € by the State
    ouvrir(etat=2000)
    if "par" in changements:
        changements = {"par": de_role(changements["par"])}
    options = {"genre": "ajout", "montant": 100, "vers": ETAT, **changements}
    with pytest.raises(MouvementRefuse) as refus:
        bouger(options.pop("genre"), options.pop("montant"), **options)
    assert phrase in str(refus.value).replace("\u202f", " ").replace("\xa0", " ")
    assert not MouvementEnveloppe.objects.exists()
    assert not Passage.objects.filter(action=Fait.ENVELOPPE).exists()
    assert not Enveloppe.objects.filter(annee=2031).exists()


def test_retrait_sous_zero_garde_son_motif_son_auteur_et_son_montant():
    projet_en(Statut.VALIDE)
    ouvrir(etat=2000)
    with pytest.raises(DepassementNonMotive) as refus:
        bouger("retrait", 1500, de=ETAT)
    assert [(d.cle, d.avant, d.apres) for d in refus.value.depassements] == [(ETAT, 1000, -500)]
    fait = bouger("retrait", 1500, de=ETAT, motif_depassement="La préfecture gèle des crédits.")
    lue = situation(ETAT)
    assert (lue.reste, lue.depassement, lue.est_a_motiver) == (-500, 500, False)
    motif = lue.motifs[0]
    assert (motif.montant, motif.texte, motif.par) == (500, "La préfecture gèle des crédits.", str(fait.par))
    assert "La préfecture gèle" in Passage.objects.get(action=Fait.ENVELOPPE).motif
    annuler_mouvement(fait, motif="Crédits rétablis.", par=fait.par)
    assert (situation(ETAT).reste, situation(ETAT).motifs) == (1000, ())


def test_annuler_un_ajout_deja_accorde_demande_un_motif():
    projet_en(Statut.INSCRIT)
    ouvrir(etat=700)
    ajout = bouger("ajout", 300, vers=ETAT)
    fabriques.decider(Projet.objects.get())
    par = de_role(Role.ADMIN)
    with pytest.raises(MouvementRefuse, match="Écrivez pourquoi"):
        annuler_mouvement(ajout, motif=" ", par=par)
    with pytest.raises(DepassementNonMotive):
        annuler_mouvement(ajout, motif="Erreur.", par=par)
    annuler_mouvement(ajout, motif="Erreur.", par=par, motif_depassement="Un ajout est attendu.")
    assert situation(ETAT).reste == -300
    assert [m.texte for m in situation(ETAT).motifs] == ["Un ajout est attendu."]
    with pytest.raises(MouvementRefuse, match="déjà annulé"):
        annuler_mouvement(ajout, motif="Encore.", par=par)
    assert Passage.objects.filter(action=Fait.ENVELOPPE_ANNULEE).count() == 1


def test_ajout_ouvre_l_enveloppe_que_personne_n_a_votee():
    fabriques.enveloppes()
    bouger("ajout", 250, vers=(2026, Financeur.AUTRE))
    assert Enveloppe.objects.get(financeur=Financeur.AUTRE).montant == 0
    assert situation((2026, Financeur.AUTRE)).reste == 250


@pytest.mark.parametrize(
    "champs",
    [
        {"montant": -1},
        {"motif": ""},
        {"genre": "retrait"},
        {"source": "destination"},
        {"annule_le": timezone.now()},
        {"motif_annulation": "Sans date."},
    ],
)
def test_la_base_refuse_un_mouvement_qui_n_en_est_pas_un(appel, champs):
    ouvrir(etat=10)
    enveloppe, par = Enveloppe.objects.get(), de_role(Role.ADMIN)
    valeurs = {"genre": "ajout", "montant": 1, "motif": "x", "date": JOUR, "par": par, "destination": enveloppe}
    if "source" in champs:
        champs = {"genre": "transfert", "source": enveloppe}
    with pytest.raises(IntegrityError), transaction.atomic():
        MouvementEnveloppe.objects.create(**{**valeurs, **champs})


# --- decisions and publication ----------------------------------------------------------------------------------------


def test_decision_qui_depasse_garde_le_motif_et_le_perd_quand_elle_ne_depasse_plus():
    projet = projet_en(Statut.INSCRIT)
    ouvrir(etat=600)
    with pytest.raises(ActionImpossible, match="soit un dépassement de 400,00"):
        fabriques.decider(projet)
    fabriques.decider(projet, justification_depassement="Ajout promis.")
    depassement = DepassementEnveloppe.objects.get()
    assert (depassement.montant, depassement.motif, depassement.decision.point.projet) == (400, "Ajout promis.", projet)
    assert "Ajout promis." in Passage.objects.get(action=Fait.DEPASSEMENT).motif
    projet.refresh_from_db()
    fabriques.decider(projet, montants={ETAT: Decimal(600)}, justification_depassement="")
    assert not DepassementEnveloppe.objects.exists()
    assert Passage.objects.filter(action=Fait.DEPASSEMENT).count() == 1  # the journal keeps what was said


def test_publication_refusee_tant_qu_un_depassement_n_a_pas_de_motif():
    projet = projet_en(Statut.INSCRIT)
    fabriques.decider(projet)
    Enveloppe.objects.filter(annee=2026, financeur=Financeur.ETAT).update(montant=100)  # by nobody's leave
    seance, par = projet.points.get().seance, de_role(Role.COORDINATEUR_EN)
    for motifs in ({}, {ETAT: "  "}, {VILLE: "Une autre."}):
        with pytest.raises(ActionImpossible, match="dépassée de 900,00"):
            publier_seance(SeanceTroika.objects.get(pk=seance.pk), par=par, motifs=motifs)
    assert SeanceTroika.objects.get(pk=seance.pk).est_ouverte
    publier_seance(SeanceTroika.objects.get(pk=seance.pk), par=par, motifs={ETAT: "Décidé par les trois pilotes."})
    assert DepassementEnveloppe.objects.get().seance == seance
    assert not situation(ETAT).est_a_motiver
    assert "trois pilotes" in Passage.objects.get(action=Fait.DEPASSEMENT).motif


def test_publication_d_un_depassement_deja_motive_ne_redemande_rien():
    projet = projet_en(Statut.INSCRIT)
    ouvrir(etat=600)
    fabriques.decider(projet, justification_depassement="Ajout promis.")
    publier_seance(projet.points.get().seance, par=de_role(Role.COORDINATEUR_EN))
    assert DepassementEnveloppe.objects.count() == 1
    assert situation(ETAT).motifs_publies == situation(ETAT).motifs
