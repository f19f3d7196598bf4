"""The kept sums: whoever changes what they are made of is seen, and nothing is lost on the way."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Etablissement, Quartier, Structure
from projets import controle_cumuls, cumuls, declencheurs_cumuls, faits, sante
from projets.enums import Financeur, Statut
from projets.models import (
    ARecompter,
    Bilan,
    BudgetRevise,
    Compte,
    Cumul,
    Decision,
    DemandeReversement,
    Dispositif,
    Enjeu,
    Exercice,
    FaitExercice,
    LigneBilan,
    MontantAccorde,
    Objectif,
    Parcours,
    Projet,
    Thematique,
    Versement,
)

from . import annee_connue, fabriques, listes_tenues

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def tenue(base_du_module):
    """A year with every kind of row, folded."""
    annee_connue.construire()
    projet = Projet.objects.filter(statut=Statut.VALIDE).first()
    projet.structure = Structure.objects.create(nom="École", nature="ecole")
    projet.save()
    exercice = projet.exercices.first()
    Versement.objects.create(
        exercice=exercice, financeur=Financeur.ETAT, montant=Decimal("10.10"), date=date(2026, 5, 1),
        saisi_par=fabriques.de_role(Role.ADMIN),
    )  # fmt: skip
    doit, qui = Exercice.objects.filter(bilan__statut="accepte").first(), fabriques.de_role(Role.ADMIN)
    Versement.objects.create(
        exercice=doit, financeur=Financeur.ETAT, montant=50_000, date=date(2026, 5, 1), saisi_par=qui
    )
    DemandeReversement.objects.create(
        exercice=doit, montant=100, montant_remis=Decimal("1.10"), motif_remise="Peu.", remise_le=timezone.now(),
        avant_le=date(2027, 1, 1), demandee_par=qui,
    )  # fmt: skip
    for modele, lien in LIENS:
        getattr(projet, lien).set([modele.objects.first()])
    cumuls.tenir_a_jour()
    assert not ARecompter.objects.exists()
    assert FaitExercice.objects.exists()
    assert cumuls.ecarts() == []
    return projet


LIENS = (
    (Parcours, "parcours"), (Quartier, "quartiers"), (Etablissement, "etablissements"), (Dispositif, "dispositifs"),
    (Objectif, "objectifs_secondaires"),
)  # fmt: skip


def _sql(ordre: str, *valeurs: object) -> None:
    with connection.cursor() as curseur:
        curseur.execute(ordre, valeurs)


def _autre(modele: type, pk: int) -> int:
    return modele.objects.exclude(pk=pk).values_list("pk", flat=True).first()


# Each changes one thing that sums are made of, in its own way: the ORM, a queryset, SQL.
GESTES = {
    "statut": lambda p: Projet.objects.filter(pk=p.pk).update(statut=Statut.CLOS),
    "retrait": lambda p: _sql("UPDATE projets_projet SET statut = 'retire' WHERE id = %s", p.pk),
    "appel": lambda p: _sql("UPDATE projets_projet SET nature = 'commune', nombre_enfants = 7 WHERE id = %s", p.pk),
    "partenaires": lambda p: Projet.objects.filter(pk=p.pk).update(nombre_partenaires=99),
    "parents": lambda p: Projet.objects.filter(pk=p.pk).update(nombre_parents=98),
    "scolaire": lambda p: Projet.objects.filter(pk=p.pk).update(temps_scolaire=not p.temps_scolaire),
    "structure": lambda p: Projet.objects.filter(pk=p.pk).update(structure=None),
    "objectif": lambda p: Projet.objects.filter(pk=p.pk).update(objectif_principal=_autre(Objectif, p.objectif_principal_id)),
    "dépôt": lambda p: Projet.objects.filter(statut=Statut.REFUSE).update(statut=Statut.RETIRE, depose_le=None),
    "demande": lambda p: _sql("UPDATE projets_exercice SET montant_demande = 0.10 WHERE projet_id = %s", p.pk),
    "année": lambda p: p.exercices.update(annee=2031),
    "une année de plus": lambda p: Exercice.objects.create(projet=p, annee=2032, montant_demande=5),
    "un exercice part": lambda p: Exercice.objects.filter(projet__statut=Statut.REFUSE).first().delete(),
    "un exercice change de projet": lambda p: Exercice.objects.filter(projet=p).update(
        projet=Projet.objects.create(appel=p.appel, numero="2026-9999", statut=Statut.DEPOSE, depose_le=timezone.now())
    ),
    "accordé": lambda p: MontantAccorde.objects.filter(exercice__projet=p).update(montant=Decimal("0.07")),
    "accordé en moins": lambda p: _sql("DELETE FROM projets_montantaccorde"),
    "accordé en plus": lambda p: MontantAccorde.objects.create(
        decision=Decision.objects.get(point__projet=p), exercice=p.exercices.first(), financeur=Financeur.AUTRE, montant=3
    ),
    "publication": lambda p: Decision.objects.update(publiee=False),
    "bilan": lambda p: Bilan.objects.update(filles=77),
    "bilan accepté": lambda p: Bilan.objects.update(statut="accepte"),
    "bilan renvoyé": lambda p: Bilan.objects.update(statut="a_completer", motif_retour="Il manque une facture."),
    "bilan non réalisé": lambda p: Bilan.objects.update(statut="accepte", issue="non_realisee"),
    "bilan en moins": lambda p: Bilan.objects.all().delete(),
    "bilan en plus": lambda p: Bilan.objects.create(
        exercice=Exercice.objects.create(projet=p, annee=2030), genre="definitif", depose_le=timezone.now(), parents=4
    ),
    "dépensé": lambda p: LigneBilan.objects.filter(sens="charge").update(realise=Decimal("1.01")),
    "dépensé en moins": lambda p: _sql("DELETE FROM projets_lignebilan"),
    "dépensé en plus": lambda p: LigneBilan.objects.create(
        bilan=Bilan.objects.first(), compte=Compte.objects.filter(sens="charge", code__startswith="6").last(),
        sens="charge", realise=Decimal("33.33"),
    ),
    "versé": lambda p: Versement.objects.update(montant=Decimal("0.01")),
    "versé en moins": lambda p: Versement.objects.all().delete(),
    "versement annulé": lambda p: Versement.objects.update(annule_le=timezone.now(), motif_annulation="Erreur."),
    "une somme à rendre abandonnée": lambda p: DemandeReversement.objects.update(montant_remis=Decimal("2.02")),
    "une somme à rendre en moins": lambda p: DemandeReversement.objects.all().delete(),
    "un enjeu change de thématique": lambda p: Enjeu.objects.filter(pk=p.objectif_principal.enjeu_id).update(
        thematique=_autre(Thematique, p.objectif_principal.enjeu.thematique_id), code="9"
    ),
    "un objectif change d’enjeu": lambda p: Objectif.objects.filter(pk=p.objectif_principal_id).update(
        enjeu=Enjeu.objects.exclude(thematique=p.objectif_principal.enjeu.thematique).first(), code="9.9.9"
    ),
    "une école change de niveau": lambda p: Etablissement.objects.update(niveau=7),
    "un compte change de côté": lambda p: Compte.objects.filter(sens="charge").update(sens="produit"),
    **{f"{lien} ôté": lambda p, lien=lien: getattr(p, lien).clear() for _, lien in LIENS},
    **{f"{lien} ajouté": lambda p, m=m, lien=lien: getattr(p, lien).add(m.objects.last()) for m, lien in LIENS},
    **{
        f"{lien} remplacé": lambda p, m=m, lien=lien: getattr(p, lien).through.objects.filter(projet=p).update(
            **{f"{m._meta.model_name}_id": m.objects.last().pk}
        )
        for m, lien in LIENS
    },
}  # fmt: skip


@pytest.mark.parametrize("geste", GESTES)
def test_ce_qui_change_est_marque_et_replie(tenue, geste):
    avant = _tout()
    GESTES[geste](tenue)
    assert ARecompter.objects.exists(), "aucun déclencheur ne l’a vu"
    cumuls.tenir_a_jour()
    assert cumuls.ecarts() == []
    assert _tout() != avant, "ce geste ne prouve rien"
    listes_tenues.verifier(un_seul_jour=True)
    replies = _tout()
    cumuls.refaire(de_zero=True)
    assert _tout() == replies


def _tout() -> dict:
    champs = [champ.name for champ in Cumul._meta.fields if champ.name != "id"]
    return {une[:4]: une[4:] for une in Cumul.objects.values_list(*champs) if any(une[4:])}


def test_les_listes_suivent_ce_que_les_sommes_ne_disent_pas(tenue):
    listes_tenues.verifier()
    gestes = (
        lambda: Projet.objects.filter(pk=tenue.pk).update(coordination=Role.COORDINATEUR_VILLE),
        lambda: Projet.objects.filter(pk=tenue.pk).update(depose_le=timezone.now()),
        lambda: _sql(
            "UPDATE projets_projet SET porteur_id = NULL WHERE id = %s", tenue.pk
        ),  # asked of the project itself
        lambda: Projet.objects.filter(pk=tenue.pk).update(porteur=fabriques.de_role(Role.COORDINATEUR_VILLE)),
        lambda: BudgetRevise.objects.create(exercice=tenue.exercices.first()),
        lambda: BudgetRevise.objects.update(
            confirme_le=timezone.now(), accorde=tenue.exercices.first().montant_accorde
        ),
        lambda: BudgetRevise.objects.update(accorde=1),
        lambda: BudgetRevise.objects.all().delete(),
        lambda: Bilan.objects.update(statut="a_completer", motif_retour=""),
        lambda: MontantAccorde.objects.update(montant=0),
    )
    for geste in gestes:
        geste()
        cumuls.tenir_a_jour()
        assert cumuls.ecarts() == []
        listes_tenues.verifier()


def test_ce_qui_ne_compte_pas_ne_marque_rien(tenue):
    Projet.objects.update(titre="Un autre titre", version=12, nombre_enfants=0)
    cumuls.tenir_a_jour()
    Projet.objects.update(titre="Encore un autre", version=13, nombre_enfants=0)
    Bilan.objects.update(resultats="Trois mares.")
    LigneBilan.objects.update(detail="Bâche")
    assert not ARecompter.objects.exists()


def test_un_ecart_se_voit_et_se_repare(tenue):
    Cumul.objects.filter(axe="total").update(accorde=1)
    FaitExercice.objects.filter(projet=tenue.pk).delete()
    dits = cumuls.ecarts()
    assert any("cellule" in un for un in dits)
    assert f"projet {tenue.pk}" in dits
    cumuls.refaire(de_zero=True)
    assert cumuls.ecarts() == []


def test_un_montant_perdu_par_la_liste_se_voit_et_se_repare(tenue):
    assert controle_cumuls.montants_perdus() == []
    vrais = Projet.objects.values_list("montant_demande", "montant_accorde").get(pk=tenue.pk)
    assert None not in vrais
    for faux in ({"montant_demande": 1}, {"montant_accorde": 1}, {"montant_accorde": None}):
        Projet.objects.filter(pk=tenue.pk).update(**faux)
        assert controle_cumuls.controler() == [f"montants du projet {tenue.pk}"]
        controle_cumuls.reparer(lambda _: None)
        assert controle_cumuls.montants_perdus() == []
        assert Projet.objects.values_list("montant_demande", "montant_accorde").get(pk=tenue.pk) == vrais


def test_les_declencheurs_absents_font_tout_recompter(tenue):
    declencheurs_cumuls.lever(connection)
    assert len(declencheurs_cumuls.manquants(connection)) == len(declencheurs_cumuls.poses(connection.vendor)) > 30
    Projet.objects.filter(pk=tenue.pk).update(nombre_enfants=1234)
    declencheurs_cumuls.apres_migration(None, using="default")
    assert not declencheurs_cumuls.manquants(connection)
    assert not cumuls.a_jour()  # too much for who reads a page
    cumuls.tenir_a_jour()
    assert cumuls.a_jour()
    assert cumuls.ecarts() == []


def test_qui_lit_replie_ce_qui_est_court(tenue, monkeypatch):
    Projet.objects.filter(pk=tenue.pk).update(nombre_enfants=4321)
    monkeypatch.setattr(cumuls, "PROJETS_EN_LIGNE", 0)
    assert not cumuls.a_jour()
    assert ARecompter.objects.exists()
    monkeypatch.undo()
    assert cumuls.a_jour()
    assert not ARecompter.objects.exists()
    assert cumuls.ecarts() == []


def test_une_base_qui_refuse_d_ecrire_fait_additionner(tenue, monkeypatch):
    Projet.objects.filter(pk=tenue.pk).update(nombre_enfants=4321)

    def refuser(*_: object) -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(cumuls, "_verser", refuser)
    assert not cumuls.a_jour()
    assert ARecompter.objects.exists()


def test_la_commande_dit_ce_qui_differe_et_le_refait(tenue, capsys):
    call_command("cumuls")
    call_command("cumuls", "--verifier")
    assert sante.sommes().gravite == sante.BIEN
    Cumul.objects.filter(axe="total", portee="", annee=2026).update(accorde=1)
    with pytest.raises(SystemExit):
        call_command("cumuls", "--verifier")
    assert "cellule 2026" in capsys.readouterr().out
    assert sante.sommes().gravite == sante.ATTENTION
    with pytest.raises(SystemExit):
        call_command("cumuls", "--verifier", "--refaire")
    call_command("cumuls", "--verifier")
    assert sante.sommes().gravite == sante.BIEN
    declencheurs_cumuls.lever(connection)
    assert sante.sommes().gravite == sante.FAUTE
    declencheurs_cumuls.poser(connection)
    assert sante.sommes().gravite == sante.ATTENTION


def test_une_regle_qui_differe_des_sommes_en_direct_se_voit(tenue, monkeypatch):
    cumuls.refaire(de_zero=True)
    assert controle_cumuls.ecarts_des_annees((2026,)) == []
    monkeypatch.setattr(faits, "VALIDES", ("valide", "clos", "refuse"))
    cumuls.refaire(de_zero=True)
    assert cumuls.ecarts() == []  # what is kept is what the rule says
    (ecart,) = controle_cumuls.ecarts_des_annees((2026,))
    assert "total" in ecart
