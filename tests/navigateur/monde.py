"""Projects in every state that a page can show, what hangs on them, and where they are: what `surface.ADRESSES` names."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from allauth.mfa.models import Authenticator
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from correspondants.enums import Role
from correspondants.models import Correspondant, Utilisateur
from projets import (
    bilans,
    communication,
    demandes_avis,
    exports,
    invitations,
    liens_agenda,
    membres,
    mouvements,
    prises_de_vues,
    suppleances,
    transmissions,
    versements,
)
from projets.bilans_word import recevoir_bilan
from projets.demonstration import conduite
from projets.enregistrement import enregistrer
from projets.enums import Financeur, Statut
from projets.liens_avis import jeton_avis
from projets.models import (
    AvisIEN,
    Courriel,
    Enveloppe,
    FiltreEnregistre,
    GenreMouvement,
    PriseDeVues,
    Projet,
    SeanceTroika,
)
from projets.permissions import LienAvis
from projets.pieces_jointes.verdict import Nettoyee
from tests import fabriques
from tests.bilans_word import fichier
from tests.test_communication import image as une_image

from .surface import PORTEUR, QUI, VISITEUR

NUMEROTES = (Statut.DEPOSE, Statut.A_COMPLETER, Statut.AVIS_IEN, Statut.PRET, Statut.VALIDE)


@dataclass(frozen=True)
class Monde:
    """``adresses``: the values of the names in braces; ``personnes``: who reads, None for a visitor."""

    adresses: dict[str, object]
    personnes: dict[str, Utilisateur | None]


def bilan_remis(projet: Projet) -> None:
    """The first civil year reported, waiting for the coordination; the second filled in Word, not quite well."""
    premier, second = projet.exercices.order_by("annee")
    conduite.remettre_bilan(premier)
    bilan = bilans.preparer(second, projet.porteur)
    recevoir_bilan(bilan, "bilan.docx", fichier(bilan, filles=-1, titre="Un autre titre"), projet.porteur)


def exemple_public(projet: Projet) -> PriseDeVues:
    """A shooting in order, and a project that everybody reads of."""
    prise = PriseDeVues(projet=projet, intitule="Restitution", date=timezone.localdate(), lieu="Parc", usage="Site")
    prises_de_vues.enregistrer(prise, par=projet.porteur)
    prises_de_vues.compter(prise, personnes=0, autorisations=2, gardees_par="mairie", par=projet.porteur)
    prises_de_vues.ajouter_photo(prise, une_image(), "Un arbre", par=projet.porteur)
    vitrine = prises_de_vues.consentir(projet, "Une mare.", par=projet.porteur)
    prises_de_vues.publier(vitrine, par=fabriques.coordinateur_de(projet), vu="Une mare.")
    return prise


def argent(projet: Projet) -> dict[str, object]:
    """A payment, and a movement of an envelope."""
    coordination, jour = fabriques.coordinateur_de(projet), timezone.localdate()
    exercice = projet.exercices.order_by("annee").first()
    saisie = versements.Saisie(Financeur.ETAT, Decimal("1.00"), jour, "MANDAT-1")
    verse = versements.enregistrer(exercice, saisie, par=coordination)
    enveloppe = Enveloppe.objects.filter(annee=2026).first()
    mouvement = mouvements.mouvementer(
        projet.appel, GenreMouvement.AJOUT, Decimal(10), date=jour, motif="Complément", par=coordination,
        vers=(enveloppe.annee, enveloppe.financeur),
    )  # fmt: skip
    return {"versement": verse.pk, "mouvement": mouvement.pk}


def une_cle() -> dict[str, object]:
    """What a passkey answers when it is made: the list of those to exclude is read from it."""
    publique = ES256.from_ctap1(b"\x04" + bytes(64))
    preuve = AttestedCredentialData.create(bytes(16), b"cle", publique)
    appareil = AuthenticatorData.create(sha256(b"localhost").digest(), 0x41, 0, preuve)
    reponse = {
        "clientDataJSON": CollectedClientData.create("webauthn.create", bytes(32), "https://localhost"),
        "attestationObject": AttestationObject.create("none", appareil, {}),
    }
    return {
        "id": websafe_encode(b"cle"), "rawId": websafe_encode(b"cle"), "type": "public-key",
        "response": {nom: websafe_encode(octets) for nom, octets in reponse.items()}, "clientExtensionResults": {},
    }  # fmt: skip


def comptes(monde: dict[str, object], personnes: dict[str, Utilisateur | None]) -> None:
    """What people have of their own: a key, an absence, a calendar, a filter, an export."""
    coordination, admin = personnes[Role.COORDINATEUR_EN], personnes[Role.ADMIN]
    admin.set_password("un mot de passe")
    admin.save()
    cle = Authenticator.objects.create(
        user=coordination, type="webauthn", data={"name": "Ma clé", "credential": une_cle()}
    )
    Authenticator.objects.create(user=coordination, type="totp", data={"secret": "x"})
    Authenticator.objects.create(user=coordination, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    absent, suppleant = personnes[Role.COORDINATEUR_EN], personnes[Role.COORDINATEUR_VILLE]
    demain = timezone.localdate() + timedelta(days=1)
    suppleances.declarer(
        absent=absent.correspondant, suppleant=suppleant.correspondant, du=demain, au=demain, par=absent
    )
    liens_agenda.creer(coordination)
    filtre = FiltreEnregistre.objects.create(utilisateur=coordination, nom="Mes écoles", parametres="q=mare")
    ligne = Correspondant.objects.create(code="invitee", fonction="Invitée", courriel="invitee@example.org")
    monde |= {
        "cle": cle.pk,
        "filtre": filtre.pk,
        "export": exports.demander(coordination, 2026, "zip").jeton,
        "invitation": invitations.jeton(invitations.inviter(ligne, par=personnes[Role.ADMIN])),
    }


def construire() -> Monde:
    porteur = fabriques.utilisateur(nom="Camille Martin")
    personnes: dict[str, Utilisateur | None] = {VISITEUR: None, PORTEUR: porteur}
    personnes |= {role: fabriques.de_role(role) for role in QUI if role not in personnes}
    projets = {statut: fabriques.projet_en(statut, fabriques.dossier_deux_ans(), porteur) for statut in NUMEROTES}
    valide, depose = projets[Statut.VALIDE], projets[Statut.DEPOSE]
    inscrit = fabriques.projet_en(Statut.INSCRIT, porteur=porteur)
    adresses: dict[str, object] = {statut.value: projet.numero for statut, projet in projets.items()}
    adresses |= argent(valide)
    bilan_remis(valide)
    publiee = valide.seances.get()
    SeanceTroika.objects.filter(pk=publiee.pk).update(date=timezone.now() - timedelta(days=30))
    prise = exemple_public(valide)
    affiche = Nettoyee(une_image(), "image/png", "png")
    attendu = AvisIEN.objects.attendus().get(projet=projets[Statut.AVIS_IEN])
    delegation = demandes_avis.transmettre(
        attendu, par=LienAvis(attendu), nom="Une collègue", courriel="collegue@example.org"
    )
    comptes(adresses, personnes)
    seance = inscrit.seances.get()
    membres.accepter(membres.inviter(depose.structure, personnes[Role.AUTORITE_EN].email, par=porteur))
    membre = membres.inviter(depose.structure, "collegue@example.org", par=porteur)
    anonyme = Projet(appel=depose.appel)
    enregistrer(anonyme, fabriques.dossier_deux_ans())
    adresses |= {
        "anonyme": anonyme.jeton,
        "version_depose": depose.version,
        "guide": "porteur",
        "structure": depose.structure_id,
        "membre": membre.pk,
        "rejoindre": membres.jeton(membre),
        "brouillon": fabriques.brouillon(fabriques.dossier_deux_ans(), porteur).jeton,
        "seance": seance.pk,
        "point": seance.points.first().pk,
        "publiee": publiee.pk,
        "avis": attendu.pk,
        "avis_rendu": projets[Statut.PRET].avis_ien.exclude(rendu_le=None).get().pk,
        "prise": prise.pk,
        "support": communication.joindre_support(valide, "affiche.png", affiche, par=porteur).pk,
        "jeton": jeton_avis(attendu),
        "delegation": delegation.pk,
        "transmission": transmissions.jeton(transmissions.proposer(depose, "collegue@example.org", par=porteur)),
        "courriel": Courriel.objects.filter(projet=projets[Statut.A_COMPLETER]).first().pk,
    }
    return Monde(adresses, personnes)
