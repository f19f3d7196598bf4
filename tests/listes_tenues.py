"""What lists read of the kept facts, held against the projects themselves."""

from datetime import date, timedelta

from django.http import QueryDict
from django.utils import timezone

from correspondants.enums import Role
from projets import bilans_tenus, cumuls, piles
from projets.bureau import FILES
from projets.echeances import EtatBilan, bilans_dus, comptes_par_etat, dans_l_etat, dates_des_appels
from projets.filtres import ProjetFilterSet
from projets.models import Bilan, Exercice, FaitExercice, Projet
from projets.tableau_versements import EtatPaiement, Filtre, Sommes, cles_tenues, exercices_de, resumer
from projets.tris import ordre_de

from . import fabriques


def verifier(*, un_seul_jour: bool = False) -> None:
    """Every list, as on several days: nothing more, nothing less, in the same order. The facts are up to date."""
    annees = set(Exercice.objects.values_list("annee", flat=True)) | {2000}
    appels = dates_des_appels()
    prolonges = Bilan.objects.exclude(prolonge_au=None).values_list("prolonge_au", flat=True)
    jours = {timezone.localdate(), date(2027, 1, 15), date(2040, 1, 1)} | {
        jour + timedelta(days=un) for jour in prolonges for un in (0, 1)
    }
    if un_seul_jour:
        jours = {date(2027, 1, 15)}
    for jour in jours:
        for annee in annees:
            for etat in EtatBilan:
                faits = FaitExercice.objects.filter(annee=annee)
                tenus = bilans_tenus.en_ordre(bilans_tenus.dans_l_etat(faits, etat, jour, appels))
                vrais = dans_l_etat(bilans_dus(jour, appels).filter(annee=annee), etat)
                vrais = vrais.order_by("projet__depose_le", "pk").values_list("pk", "projet__depose_le")
                assert list(tenus) == list(vrais), (jour, annee, etat)
        assert sorted(bilans_tenus.comptes("", jour)) == sorted(comptes_par_etat(bilans_dus(jour, appels))), jour
        for role in (Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE, Role.OBSERVATEUR):
            qui = fabriques.de_role(role)
            tenues, vraies = (
                sorted(
                    piles._lecture(frozenset(qui.roles), jour, appels, tenus=tenus).lire(qui, timezone.now()), key=repr
                )
                for tenus in (True, False)
            )
            assert tenues == vraies, (jour, role)
    assert cumuls.a_jour()
    for etat in ("", *EtatPaiement):
        filtre, sommes = Filtre(None, "", etat), Sommes.tenues(etats=True)
        vraies = list(exercices_de(filtre).values_list("pk", flat=True))
        assert cles_tenues(filtre, sommes.par_annee(filtre), 0, len(vraies) + 1) == vraies, etat
        assert sommes.resume(filtre) == resumer(exercices_de(filtre)), etat
    qui = fabriques.de_role(Role.COORDINATEUR_EN)
    siens = Projet.objects.deposes_visibles_par(qui)
    file = next(une for une in FILES if une.code == "bilans_en_retard")
    choisis = file.choisir(siens.exclude(porteur=qui), qui, timezone.now())
    assert set(ProjetFilterSet(QueryDict("a_faire=bilans_en_retard"), siens, qui, tenus=True).qs) == set(choisis)
    for annee in Exercice.annees_connues():
        for tri in ("depose_le", "-depose_le"):
            filtre = ProjetFilterSet(QueryDict(f"annee={annee}&tri={tri}"), siens, qui, tenus=True)
            assert filtre.dans_l_annee
            vrais = Projet.objects.deposes().filter(exercices__annee=annee).order_by(*ordre_de(tri))
            assert list(filtre.qs.order_by(*ordre_de(tri, dans_l_annee=True))) == list(vrais)
            assert filtre.a_compter.count() == vrais.count()
