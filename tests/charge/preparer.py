"""Run once in a process of its own: tables, the call, projects, and an open session for each role. Prints JSON.

The sessions are made here so that the load is that of the day's work, not of logging in, which is throttled on purpose.
"""

import json
import sys

import django


def main(nombre: int) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from correspondants.enums import Role
    from correspondants.models import Utilisateur
    from projets.enums import Statut
    from projets.models import Appel, AvisIEN, Projet, SeanceTroika
    from projets.word.ecriture import ecrire
    from tests import fabriques

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("loaddata", "comptes", "lievin", verbosity=0)
    call_command("generer", nombre, stderr=sys.stderr)

    def ouvrir(compte: Utilisateur) -> str:
        client = Client()
        client.force_login(compte)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def du_role(role: str) -> list[str]:
        comptes = Utilisateur.objects.filter(correspondant__habilitations__role=role, email__endswith="@example.org")
        return [ouvrir(compte) for compte in comptes.distinct()]

    porteurs = Utilisateur.objects.filter(email__startswith="porteur-", is_active=True).order_by("pk")[:40]
    a_venir = SeanceTroika.objects.filter(publiee_le=None).order_by("-date").first()
    if a_venir is None:
        a_venir = fabriques.seance(date=timezone.localdate())
    if not a_venir.points.exists():
        for rang, projet in enumerate(Projet.objects.filter(statut=Statut.PRET).order_by("pk")[:20], 1):
            a_venir.points.create(projet=projet, ordre=rang)
    word = ecrire(fabriques.dossier_complet(), Appel.objects.courant().referentiel())
    json.dump(
        {
            "cookie": settings.SESSION_COOKIE_NAME,
            "sessions": {
                "porteur": [ouvrir(compte) for compte in porteurs],
                "coordination": du_role(Role.COORDINATEUR_EN) + du_role(Role.COORDINATEUR_VILLE),
                "ien": du_role(Role.IEN),
                "pilote": du_role(Role.PILOTE_EN) + du_role(Role.PILOTE_PREFECTURE) + du_role(Role.PILOTE_VILLE),
            },
            "seance": a_venir.pk,
            "numeros": list(Projet.objects.exclude(numero=None).order_by("-pk").values_list("numero", flat=True)[:400]),
            "avis_attendus": AvisIEN.objects.filter(rendu_le=None).count(),
            "word": word.hex(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
