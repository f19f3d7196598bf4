"""Run once in a process of its own: the tables, the call, accounts, and projects at the edge of what will be broken.

Prints what the tests need, as JSON.
"""

import json

import django

from .comptes import MOT_DE_PASSE


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from correspondants.enums import Role
    from projets.enums import Statut
    from projets.word.ecriture import ecrire
    from tests import base_modele, fabriques

    modele = base_modele.ModelePostgreSQL()
    if modele.existe():
        modele.verser("portail")
    else:
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    appel = fabriques.charger_appel()
    for compte in (fabriques.utilisateur(), fabriques.de_role(Role.COORDINATEUR_EN)):
        compte.set_password(MOT_DE_PASSE)
        compte.save()
    inscrit = fabriques.projet_en(Statut.INSCRIT)
    fabriques.decider(inscrit)
    word = ecrire(fabriques.dossier_complet(), appel.referentiel())
    print(json.dumps({"seance": inscrit.seances.get().pk, "inscrit": inscrit.numero, "word": word.hex()}))  # noqa: T201


main()
