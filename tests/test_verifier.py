"""``verifier``: each check sees what it looks for, says it in French, and ends with the right code."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from projets import declencheurs, sante, sceaux
from projets.models import Courriel, Pouls

from .journal import lignes, projet, sans_declencheurs

pytestmark = pytest.mark.django_db

__all__ = ["projet"]


def verifier(capsys, *arguments: str) -> tuple[int, str]:
    try:
        call_command("verifier", *arguments)
        code = 0
    except SystemExit as fin:
        code = fin.code
    return code, capsys.readouterr().out


def test_verifier_le_journal_dit_ou(projet, capsys):
    sceaux.sceller()
    assert verifier(capsys, "--journal")[0] == 0
    with sans_declencheurs() as curseur:
        curseur.execute("UPDATE projets_passage SET motif = 'x' WHERE id = %s", [lignes(projet)[1].pk])
    code, sortie = verifier(capsys, "--journal")
    assert code == 2
    assert f"Projet {projet.numero}, ligne 2 : modifiée" in sortie
    code, sortie = verifier(capsys, "--journal", "--json")
    resultat = json.loads(sortie)
    assert (code, resultat["code"]) == (2, 2)
    assert resultat["controles"][1]["mesures"]["fautes"] == 1
    declencheurs.lever(connection)
    assert "projets_passage_vide" in verifier(capsys, "--journal")[1]
    declencheurs.poser(connection)


def test_verifier_relit_les_fichiers(projet, capsys):
    piece = projet.pieces.first()
    assert sante.fichiers(tous=True).gravite == sante.BIEN
    with open(piece.fichier.path, "ab") as fichier:
        fichier.write(b"!")
    controle = sante.fichiers()
    assert controle.gravite == sante.FAUTE
    assert "modifié depuis son arrivée" in controle.details[0]
    piece.fichier.storage.delete(piece.fichier.name)
    assert "absent" in sante.fichiers().details[0]


def test_verifier_dit_la_boite_d_envoi_qui_ne_se_vide_pas(projet):
    Courriel.objects.update(cree_le=timezone.now() - timedelta(hours=2))
    controle = sante.boite_d_envoi()
    assert controle.gravite == sante.FAUTE, "des courriels attendent et personne ne passe"
    Pouls.battre("courriels")
    assert sante.boite_d_envoi().gravite == sante.ATTENTION
    Courriel.objects.update(etat="envoye")
    assert sante.boite_d_envoi().gravite == sante.BIEN


def test_verifier_tout_entier_repond_en_francais(projet, capsys):
    sceaux.sceller()
    code, sortie = verifier(capsys)
    assert code in (1, 2)
    for nom in ("Réglages", "Base de données", "Messagerie", "Protection", "Fichiers", "Boîte d’envoi", "Journal"):
        assert f"{nom}" in sortie
