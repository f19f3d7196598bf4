"""The measures that need a database, on the one that ``DATABASE_URL`` names: an empty one, that is filled. JSON on stdout."""

import argparse
import json
import os
import sys
import time


def main() -> None:
    analyse = argparse.ArgumentParser()
    analyse.add_argument("--base", required=True)
    analyse.add_argument("--petite", type=int, required=True)
    analyse.add_argument("--taille", type=int, required=True)
    analyse.add_argument("--annees", default="10")
    analyse.add_argument("--pages", default="")
    analyse.add_argument("--pages-seulement", action="store_true")
    options = analyse.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.banc.reglages"
    import django

    django.setup()
    from django.core.management import call_command

    from . import debit, ecritures, nuit
    from .mesure import Compteur, Mesure
    from .pages import croissance, mesurer_les_pages

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("loaddata", "comptes", "lievin", verbosity=0)

    def generer(nombre: int) -> float:
        compteur = Compteur()
        debut = compteur.lire() + compteur.base()
        with open(os.devnull, "w") as nulle_part:
            call_command("generer", nombre, annees=int(options.annees), stderr=nulle_part)
        return compteur.lire() + compteur.base() - debut

    def tenir_les_sommes() -> float:
        compteur = Compteur()
        debut = compteur.lire() + compteur.base()
        with open(os.devnull, "w") as nulle_part:
            call_command("cumuls", stdout=nulle_part, stderr=nulle_part)
        return compteur.lire() + compteur.base() - debut

    def dire(texte: str) -> None:
        print(f"→ {options.base} : {texte}", file=sys.stderr, flush=True)

    dire(f"{options.petite} projets")
    modeles = generer(options.petite)
    sommes_petites = tenir_les_sommes()
    petites = mesurer_les_pages(f"{options.base}, {options.petite} projets", options.pages)
    nuits = [] if options.pages_seulement else [nuit.cout_des_taches()]
    dire(f"{options.taille} projets")
    debut, ajoutes = time.monotonic(), options.taille - options.petite
    secondes = generer(ajoutes)
    duree = time.monotonic() - debut
    sommes = tenir_les_sommes()
    grandes = mesurer_les_pages(f"{options.base}, {options.taille} projets", options.pages)
    groupe = f"{options.base}, de {options.petite} à {options.taille} projets"
    mesures = [*petites, *grandes, *croissance(petites, grandes, groupe)]
    mesures.append(
        Mesure(
            f"recompter toutes les sommes de {options.taille} projets", sommes * 1000, f"de {options.petite}",
            sommes_petites * 1000, groupe=groupe,
        )
    )  # fmt: skip
    if not options.pages_seulement:
        dire("tâches de nuit, exports, dépôt, recherche, PDF, débit")
        de_nuit = f"{options.base} : les tâches de nuit"
        nuits.append(nuit.cout_des_taches())
        groupe = f"{options.base}, {options.taille} projets : le reste"
        nombre = min(options.taille, 10_000)
        mesures += [
            *nuit.linearite(nuits[0], options.petite, nuits[1], options.taille, de_nuit),
            nuit.memoire_de_la_nuit(de_nuit),
            Mesure(
                f"générer {ajoutes} projets ({duree:.0f} s à l’horloge)", secondes * 1000,
                f"en générer {options.petite}", modeles * 1000, groupe=groupe,
            ),
            ecritures.mesurer_un_depot(groupe),
            *ecritures.mesurer_la_recherche(groupe),
            *ecritures.mesurer_les_exports(nombre, groupe),
            *ecritures.memoire_des_exports(nombre, groupe),
            *ecritures.mesurer_un_pdf(groupe),
            *debit.mesurer_le_debit(groupe),
        ]  # fmt: skip
    json.dump([mesure.vers_json() for mesure in mesures], sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
