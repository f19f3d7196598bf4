"""A name and an address sown wherever the portal keeps a text or a file, and looked for everywhere once the person is erased.

The whole database is read, table by table, as the disk holds it (sessions opened, JSON as text), and the storage, zips included:
a new field that nobody thought of is read too.
"""

import base64
import io
import zipfile
import zlib

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse

from correspondants.enums import Role
from correspondants.models import Structure
from projets import effacement, exports, liens_agenda, membres, messagerie, partages, prises_de_vues, purge, reprises
from projets.dossier import InterventionPrevue
from projets.enums import Action, Statut
from projets.enums_portail import EtatCourriel
from projets.models import Courriel, FiltreEnregistre, Passage, PriseDeVues
from projets.orphelins import nommes
from projets.workflow import executer

from . import fabriques

pytestmark = pytest.mark.django_db

GRAINE = "Qwxzkvy"
NOM, ADRESSE = f"Dominique {GRAINE}", f"dominique.{GRAINE.lower()}@example.org"
# Proofs of an administrative act, whose motives are written by hand, are kept and said to be (article 17.3.b).
GARDES = {"projets_passage.motif"}


def dossier():
    complet = fabriques.dossier_complet(
        porteur_nom=NOM, porteur_courriel=ADRESSE, signataire_nom=NOM, representant_nom=NOM
    )
    ligne = complet.interventions[0]
    return complet.remplacer(interventions=(InterventionPrevue(**{**vars(ligne), "intervenants": NOM}),))


def _ouvrir(valeur: object) -> str:
    """A cell as text; a session is opened (signed, compressed, in base64)."""
    texte = str(valeur)
    tete = texte.removeprefix(".").partition(":")[0]
    try:
        octets = base64.urlsafe_b64decode(tete + "=" * (-len(tete) % 4))
        return texte + (zlib.decompress(octets) if texte.startswith(".") else octets).decode(errors="ignore")
    except (ValueError, zlib.error):
        return texte


def traces_en_base() -> set[str]:
    trouvees = set()
    with connection.cursor() as curseur:
        for table in connection.introspection.table_names(curseur):
            curseur.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            colonnes = [colonne[0] for colonne in curseur.description]
            for ligne in curseur.fetchall():
                for colonne, valeur in zip(colonnes, ligne, strict=True):
                    if GRAINE.lower() in _ouvrir(valeur).lower():
                        trouvees.add(f"{table}.{colonne}")
    return trouvees


def traces_en_reserve(noms: set[str]) -> set[str]:
    trouvees = set()
    for nom in noms:
        if not default_storage.exists(nom):
            continue
        with default_storage.open(nom) as flux:
            octets = flux.read()
        lus = [octets]
        if zipfile.is_zipfile(io.BytesIO(octets)):
            with zipfile.ZipFile(io.BytesIO(octets)) as archive:
                lus += [archive.read(membre) for membre in archive.namelist()]
        if any(GRAINE.lower().encode() in morceau.lower() for morceau in lus):
            trouvees.add(nom)
    return trouvees


def semer(client, appel):
    """A person who did all that a porteur can do, and whom others wrote to and about."""
    compte = fabriques.utilisateur(ADRESSE, nom=NOM)
    projet = fabriques.projet_en(Statut.AVIS_IEN, dossier(), compte)
    messagerie.ecrire_message(projet, par=compte, texte=f"Appelez-moi, {NOM}", interne=False)
    executer(
        projet, Action.DEMANDER_COMPLEMENTS, par=fabriques.coordinateur_de(projet),
        champs={"porteur_nom": f"Est-ce bien {NOM} ?"},
    )  # fmt: skip
    prise = PriseDeVues(projet=projet, intitule="Restitution", date=projet.cree_le.date(), lieu="Parc", usage="Site")
    prises_de_vues.enregistrer(prise, par=compte)
    prises_de_vues.compter(prise, personnes=0, autorisations=1, gardees_par=NOM, par=compte)
    executer(projet, Action.RETIRER, par=compte, motif="Abandon")
    ecole = projet.structure
    membres.inviter(ecole, "collegue@example.org", par=compte)
    collegue = fabriques.utilisateur("porteuse@example.org")
    sien = fabriques.brouillon(porteur=collegue, fichier=False)
    partages.inviter(sien, ADRESSE, par=collegue)
    reprises.envoyer(sien, ADRESSE)
    brouillon = fabriques.brouillon(dossier(), compte)
    partages.inviter(brouillon, "collegue@example.org", par=compte)
    liens_agenda.creer(compte)
    FiltreEnregistre.objects.create(utilisateur=compte, nom=NOM, parametres=f"q={GRAINE}")
    exports.demander_personne(compte, par=compte)
    client.force_login(compte)
    client.get(reverse("suivi"))
    client.post(reverse("projet_messages", args=[projet.numero]), {"texte": NOM})
    Courriel.objects.update(etat=EtatCourriel.ENVOYE)
    return compte, projet


def test_une_personne_effacee_ne_se_retrouve_nulle_part(appel, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        compte, _ = semer(client, appel)
    avant, fichiers = traces_en_base(), nommes()
    assert len(avant) > 15, sorted(avant)
    assert traces_en_reserve(fichiers)
    with django_capture_on_commit_callbacks(execute=True):
        effacement.effacer_compte(compte, par=fabriques.de_role(Role.ADMIN), motif="Demande reçue")
    assert traces_en_base() - GARDES == set()
    assert traces_en_reserve(fichiers | nommes()) == set()


def test_un_entrepreneur_individuel_part_avec_son_dossier(appel, django_capture_on_commit_callbacks):
    """The name of an organisation is nobody's, unless the organisation is a person."""
    compte = fabriques.utilisateur("artisan@example.org")
    nomme = fabriques.dossier_complet(structure_nom=f"Atelier {NOM}", structure_adresse=f"3 rue {GRAINE}")
    projet = fabriques.projet_en(Statut.REFUSE, nomme, compte)
    Structure.objects.filter(pk=projet.structure_id).update(personne_physique=True)
    assert traces_en_base()
    with django_capture_on_commit_callbacks(execute=True):
        effacement.effacer_compte(compte, par=None, motif="")
    assert traces_en_base() - GARDES == set()


def test_la_purge_prend_aussi_ce_qui_n_a_plus_de_raison(appel):
    """Mails that never left, a year later; an organisation whose projects are all gone. Simulated first, nothing goes."""
    projet = fabriques.projet_en(Statut.DEPOSE)
    seule = Structure.objects.create(nom="Sans projet", nature="association")
    Courriel.objects.all().update(etat="echec", cree_le="2020-01-01T00:00Z")
    for simuler in (True, False):
        rapport = purge.purger(simuler=simuler)
        ligne = next(une for une in rapport if une.libelle == "Structures sans projet ni membre")
        assert (ligne.concernes, ligne.faits) == (1, 0 if simuler else 1)
        assert Structure.objects.filter(pk=seule.pk).exists() is simuler
        assert Courriel.objects.exclude(texte=effacement.TEXTE_EFFACE).exists() is simuler
    assert Structure.objects.filter(pk=projet.structure_id).exists()
    assert Passage.objects.exists()
