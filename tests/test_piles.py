"""The one query of the desk says what each filter of the list finds, for everyone, and is never another's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cite_educative.preparees import Preparee, RequeteInstable
from correspondants.enums import COORDINATEURS, Role
from correspondants.models import Utilisateur
from projets.bureau import FILES
from projets.enums import Statut
from projets.models import AvisIEN, Message, Projet
from projets.piles import lire_les_piles

from . import fabriques

pytestmark = pytest.mark.django_db
ROLES = (Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE, Role.PILOTE_EN, Role.OBSERVATEUR)


def attendus(utilisateur: Utilisateur, code: str) -> set[str]:
    file = next(une for une in FILES if une.code == code)
    projets = Projet.objects.deposes_visibles_par(utilisateur).exclude(porteur=utilisateur)
    if utilisateur.a_role(*COORDINATEURS) and not file.commune:
        projets = projets.filter(coordination__in=COORDINATEURS & utilisateur.roles)
    return set(file.choisir(projets, utilisateur, timezone.now()).values_list("numero", flat=True))


def test_les_piles_comptent_ce_que_montre_la_liste(monkeypatch):
    for statut in (Statut.DEPOSE, Statut.AVIS_IEN, Statut.PRET, Statut.VALIDE, Statut.CLOS):
        fabriques.projet_en(statut)
    tardif = Projet.objects.get(statut=Statut.AVIS_IEN)
    AvisIEN.objects.update(demande_le=timezone.now() - timedelta(days=40))
    for interne in (True, False, False):
        Message.objects.create(projet=tardif, auteur=tardif.porteur, texte="Bonjour", interne=interne)
    comptes = [fabriques.de_role(role) for role in ROLES]
    Utilisateur.objects.update(date_joined=timezone.now() - timedelta(days=900))
    le_sien = Projet.objects.get(statut=Statut.PRET)
    le_sien.porteur = comptes[0]
    le_sien.save()
    pleines = set()
    for jour in (0, 700):  # later, bilans are late
        ensuite = timezone.now() + timedelta(days=jour)
        monkeypatch.setattr(timezone, "now", lambda ensuite=ensuite: ensuite)
        for compte in [Utilisateur.objects.get(pk=un.pk) for un in comptes]:
            lues, echec = lire_les_piles(compte)
            assert not echec
            for code, nombre, lignes, _ in lues:
                numeros = attendus(compte, code)
                assert (code, nombre) == (code, len(numeros))
                assert {une.numero for une in lignes} <= numeros
                assert len({(une.numero, une.url) for une in lignes}) == min(nombre, 3) or code.startswith("bilans")
                if nombre:
                    pleines.add(code)
    assert pleines >= {"nouveaux", "messages", "avis_en_retard", "prets", "bilans_en_retard"}


def test_une_requete_preparee_ne_fige_pas_ce_qui_n_est_pas_declare():
    preparee = Preparee(lambda pk: Projet.objects.filter(pk=pk).values_list("pk", "depose_le"), 1)
    projet = fabriques.projet_en(Statut.DEPOSE)
    assert preparee.lire(projet.pk) == [(projet.pk, projet.depose_le)]
    assert preparee.lire(0) == []
    with pytest.raises(RequeteInstable):
        Preparee(lambda: Projet.objects.filter(depose_le__lt=timezone.now()).values_list("pk"))
    with pytest.raises(RequeteInstable):
        Preparee(lambda texte: Projet.objects.filter(titre__contains=texte).values_list("pk"), "mot")
    with pytest.raises(RequeteInstable):
        Preparee(lambda pk, jamais: Projet.objects.filter(pk=pk).values_list("pk"), 1, 2)
