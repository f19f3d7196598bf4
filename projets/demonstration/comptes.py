"""The accounts of a demonstration: roles at example.org, never people."""

from collections.abc import Callable

from allauth.account.models import EmailAddress

from correspondants.enums import Role
from correspondants.models import Correspondant, Utilisateur

MOT_DE_PASSE = "demonstration-2026"
PORTEUR_ECOLE, PORTEUR_ASSOCIATION = "porteur-ecole@example.org", "porteur-association@example.org"
COMPTES: dict[str, tuple[str, tuple[str, ...]]] = {
    PORTEUR_ECOLE: ("Porteur : une école", ()),
    PORTEUR_ASSOCIATION: ("Porteur : une association", ()),
    "coordination-en@example.org": ("Coordination Éducation nationale", (Role.COORDINATEUR_EN,)),
    "coordination-ville@example.org": ("Coordination ville", (Role.COORDINATEUR_VILLE,)),
    "ien@example.org": ("IEN (1er degré)", (Role.IEN,)),
    "education-nationale@example.org": ("Éducation nationale (2nd degré)", (Role.AUTORITE_EN,)),
    "pilote-en@example.org": ("Pilote Éducation nationale", (Role.PILOTE_EN,)),
    "pilote-prefecture@example.org": ("Pilote préfecture", (Role.PILOTE_PREFECTURE,)),
    "pilote-ville@example.org": ("Pilote ville", (Role.PILOTE_VILLE,)),
    "observateur@example.org": ("Observateur", (Role.OBSERVATEUR,)),
    "admin@example.org": ("Administration du portail", (Role.ADMIN,)),
}

Agents = Callable[[str], Utilisateur]


def creer_comptes(mot_de_passe: str | None = MOT_DE_PASSE) -> dict[str, Utilisateur]:
    """One account per role at example.org, with a line of its own in the directory; found again when they exist.

    Without a password nobody logs in with those that are made.
    """
    comptes = {}
    for ordre, (adresse, (nom, roles)) in enumerate(COMPTES.items()):
        compte = Utilisateur.objects.filter(email=adresse).first()
        if compte is None:
            est_admin = Role.ADMIN in roles
            compte = Utilisateur.objects.create_user(
                adresse, mot_de_passe, nom=nom, is_staff=est_admin, is_superuser=est_admin
            )
        EmailAddress.objects.get_or_create(user=compte, email=adresse, defaults={"verified": True, "primary": True})
        if roles:
            correspondant, _ = Correspondant.objects.get_or_create(
                code=f"demonstration-{adresse.split('@')[0]}",
                defaults={
                    "fonction": f"{nom}\nCompte de démonstration",
                    "courriel": adresse,
                    "ordre": 100 + ordre,
                    "dans_annuaire": False,
                    "utilisateur": compte,
                },
            )
            for role in roles:
                correspondant.habilitations.get_or_create(role=role)
        comptes[adresse] = compte
    return comptes


def agents_de(comptes: dict[str, Utilisateur]) -> Agents:
    par_role = {role: comptes[adresse] for adresse, (_, roles) in COMPTES.items() for role in roles}
    return par_role.__getitem__
