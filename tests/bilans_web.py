"""What a browser would send from the page of a bilan, for the tests of its views."""

import re

from django.urls import reverse


def adresse(projet, nom="bilan", *suite, annee=2026):
    return reverse(nom, args=[projet.numero, annee, *suite])


def saisie(client, projet, **champs):
    """What the page would send, read from the page itself, then changed."""
    page = client.get(adresse(projet, "bilan_modifier")).content.decode()
    donnees = {
        "empreinte": re.search(r'name="empreinte" value="(\w+)"', page)[1],
        "issue": "realisee",
        "realisation": "Quatre séances, une sortie.",
        "explication_ecarts": "Le bus était offert.",
        "certifie": "on",
        "ajouts-TOTAL_FORMS": "0",
        "ajouts-INITIAL_FORMS": "0",
    }
    donnees |= dict.fromkeys(re.findall(r'name="(ligne_\d+)"', page), "500")
    donnees |= dict.fromkeys(re.findall(r'name="(appreciation_\d+)"', page), "partiel")
    return donnees | champs
