"""What a meeting says is read by one query: the same rows, to the last field, as the ORM would bring them."""

from decimal import Decimal

import pytest
from django.db.models import Model

from correspondants.enums import Role
from projets import lecture_seance
from projets.enums import EtatPresence, Statut
from projets.gardes import exercices_en_retard
from projets.models import AvisIEN, Deport, PointOrdreDuJour, PresenceSeance, Projet, SeanceTroika

from . import fabriques
from .fabriques import de_role, dossier_complet, dossier_deux_ans, projet_en

pytestmark = pytest.mark.django_db


def tel_quel(lu: Model) -> None:
    """Each field that was read is what the database holds, and as Python values of the same type."""
    vrai = type(lu)._base_manager.get(pk=lu.pk)
    for champ in type(lu)._meta.concrete_fields:
        if champ.attname in lu.__dict__:
            valeur, attendue = getattr(lu, champ.attname), getattr(vrai, champ.attname)
            assert (valeur, type(valeur)) == (attendue, type(attendue)), champ


@pytest.fixture
def seance(appel):
    """Two projects, one of which has everything: voices, a withdrawal, an amount with cents, notes, and a late bilan elsewhere."""
    fabriques.enveloppes()
    decide = projet_en(Statut.INSCRIT, dossier_deux_ans(titre="Émile & « les autres »\n% ligne"))
    seance = decide.points.get().seance
    fabriques.decider(decide, montants={(2026, "etat"): Decimal("123.40")})
    ancien = projet_en(Statut.VALIDE, dossier_complet(titre="Ancien"), decide.porteur)
    Projet.objects.filter(pk=ancien.pk).update(structure=decide.structure)
    ancien.exercices.update(annee=2019)
    Projet.objects.filter(pk=decide.pk).update(reconduit_de=ancien)
    PointOrdreDuJour.objects.filter(projet=decide).update(notes="Vu.", notes_par=de_role(Role.PILOTE_EN))
    nouveau = projet_en(Statut.INSCRIT, dossier_complet(titre="Nouveau"))
    PointOrdreDuJour.objects.filter(projet=nouveau).update(seance=seance, rang=2)
    ville = de_role(Role.PILOTE_VILLE)
    Deport.objects.create(point=nouveau.points.get(), pilote=Role.PILOTE_VILLE, motif="Lien.", par=ville)
    PresenceSeance.objects.create(seance=seance, pilote=Role.PILOTE_EN, etat=EtatPresence.EXCUSE, par=ville)
    return seance


def test_une_seance_se_lit_en_une_requete_et_dit_tout(seance, django_assert_num_queries):
    connue = lecture_seance.seance(seance.pk)
    lecture_seance.lire(connue)  # written at the first reading
    with django_assert_num_queries(1):
        lus = lecture_seance.lire(connue).points
        for lu in lus:
            str(lu.point.notes_par), str(lu.point.projet.structure), str(lu.point.projet.objectif_principal)
            [(str(avis.par), avis.pilote) for avis in lu.point.voix.all()]
            [str(deport.par) for deport in lu.point.deports.all()]
            [avis.nom_autorite for avis in lu.point.projet.avis_en_vigueur]
            [exercice.projet.numero for exercice in lu.retards]
        [str(presence.par) for presence in connue.presences.all()]
    decide, nouveau = (lu.point for lu in lus)
    assert [lu.edition for lu in lus] == [2, 1]
    attendus = {e.pk for e in exercices_en_retard([decide.projet.structure_id]) if e.projet_id != decide.projet_id}
    assert attendus
    assert {exercice.pk for exercice in lus[0].retards} == attendus
    assert [m.montant for m in decide.decision.montants.all()] == [Decimal("123.40")]
    assert len(decide.voix.all()) == 3
    assert len(nouveau.deports.all()) == 1
    for point in (decide, nouveau):
        assert {a.pk for a in point.projet.avis_en_vigueur} == {
            a.pk for a in AvisIEN.objects.en_vigueur().filter(projet=point.projet_id)
        }
        siens = (*point.voix.all(), *point.deports.all(), *point.projet.exercices.all(), *point.projet.avis_en_vigueur)
        for objet in (point, point.projet, point.projet.structure, *siens):
            tel_quel(objet)
    for objet in (decide.decision, *decide.decision.montants.all(), *connue.presences.all(), *lus[0].retards):
        tel_quel(objet)
    une_piece_change_avec_ce_qu_elle_dit(seance)


def une_piece_change_avec_ce_qu_elle_dit(seance: SeanceTroika) -> None:
    """What a kept piece of page is drawn for: even the name of who gave a voice, that no line of the journal tells."""

    def bruts() -> list[object]:
        return [lu.brut for lu in lecture_seance.lire(lecture_seance.seance(seance.pk)).points]

    avant = bruts()
    assert bruts() == avant
    pilote = seance.points.get(rang=1).voix.first().par
    pilote.nom = "Une autre personne"
    pilote.save()
    premier, second = bruts()
    assert premier != avant[0]
    assert second == avant[1]
