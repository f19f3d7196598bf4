"""The page of the envelopes: who sees it, who changes it, what is refused and kept, what is told everywhere."""

import io
import re
import uuid
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.documents import compte_rendu, dossier_seance
from projets.enums import Financeur, Statut
from projets.models import Appel, DepassementEnveloppe, Enveloppe, MouvementEnveloppe, Projet, SeanceTroika
from projets.seances import empreinte
from projets.valeurs import insecables

from .. import fabriques
from ..fabriques import de_role, projet_en
from ..test_enveloppes import ETAT, VILLE, bouger, ouvrir, situation

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
LISENT = [
    Role.COORDINATEUR_EN,
    Role.COORDINATEUR_VILLE,
    Role.PILOTE_EN,
    Role.PILOTE_PREFECTURE,
    Role.PILOTE_VILLE,
    Role.ADMIN,
]
ECRIVENT = [Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE, Role.ADMIN]


def client(role: str = Role.COORDINATEUR_VILLE) -> Client:
    client = Client()
    client.force_login(de_role(role), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(qui: Client, annee: int = 2026) -> str:
    return lisible(qui.get(reverse("enveloppes"), {"annee": annee}))


def lisible(reponse: object) -> str:
    texte = re.sub(r"<[^>]+>", " ", reponse.content.decode())
    return re.sub(r"\s+", " ", texte)


def saisie(nom: str, **changements: object) -> dict[str, object]:
    appel = Appel.objects.courant().pk
    valeurs = {"montant": "1 500,50", "date": "2026-03-12", "motif": "Délibération no 12.", "jeton": uuid.uuid4()}
    propres = {"genre": "ajout", "enveloppe": f"{appel}-2026-etat"}
    if nom == "transfert":
        propres = {"de": f"{appel}-2026-etat", "vers": f"{appel}-2027-ville"}
    valeurs = {**valeurs, **propres, **changements}
    return {"annee": 2026, **{f"{nom}-{champ}": valeur for champ, valeur in valeurs.items()}}


def envoyer(qui: Client, nom: str = "ajout", **changements: object):
    return qui.post(reverse("enveloppe_mouvement", args=[nom]), saisie(nom, **changements))


@pytest.fixture(autouse=True)
def enveloppes(appel):
    fabriques.enveloppes(10_000)


@pytest.mark.parametrize("role", Role.values)
def test_chaque_role_lit_ou_ecrit_ce_qui_lui_revient(role):
    qui = client(role)
    fait = bouger("ajout", 100, vers=ETAT)
    annuler = reverse("enveloppe_annuler", args=[fait.pk])
    assert qui.get(reverse("enveloppes")).status_code == (200 if role in LISENT else 403)
    assert envoyer(qui).status_code == (302 if role in ECRIVENT else 403)
    assert qui.get(annuler).status_code == (200 if role in ECRIVENT else 403)
    assert qui.post(annuler, {"motif": "Erreur."}).status_code == (302 if role in ECRIVENT else 403)
    if role in ECRIVENT:
        assert b"Financeur" in contenu(qui, "csv")
    else:
        assert qui.get(reverse("exporter_enveloppes", args=[2026, "csv"])).status_code == 403
    assert MouvementEnveloppe.objects.count() == (2 if role in ECRIVENT else 1)
    assert ("Ajouter ou retirer" in page(qui)) == (role in ECRIVENT)


def test_ajout_et_transfert_se_lisent_dans_la_page():
    qui = client()
    assert envoyer(qui).status_code == 302
    assert envoyer(qui, "transfert", montant="700").status_code == 302
    lue = insecables(page(qui))
    for morceau in (
        "+ 1 500,50 €",
        "−700,00 €",
        "10 800,50 €",
        "Délibération no 12.",
        "de État (préfecture) 2026 à Ville 2027",
    ):
        assert morceau.replace(" ", "") in re.sub(r"\s", "", lue), morceau
    assert situation((2027, Financeur.VILLE)).dotation == 10_700
    assert "Délibération no 12." in page(qui, 2027)


@pytest.mark.parametrize(
    ("genre", "changements", "phrase"),
    [
        ("ajout", {"montant": ""}, "plus grand que zéro"),
        ("ajout", {"montant": "-5"}, "plus grand que zéro"),
        ("ajout", {"montant": "beaucoup"}, "Ce n’est pas un nombre"),
        ("ajout", {"motif": " "}, "Écrivez le motif"),
        ("ajout", {"date": "2126-01-01"}, "Vérifiez l’année"),
        ("ajout", {"date": "2100-01-01"}, "pas encore passée"),
        ("ajout", {"date": "hier"}, "Cette date n’existe pas"),
        ("ajout", {"enveloppe": "9-2026-etat"}, "Choisissez une enveloppe de la liste"),
        ("ajout", {"enveloppe": ""}, "Choisissez l’enveloppe qui change"),
        ("ajout", {"genre": "transfert"}, "transfert"),
        ("ajout", {"genre": "retrait", "montant": "10 000,01"}, "ne peuvent pas en sortir"),
        ("transfert", {"vers": "idem"}, "choisissez-en deux"),
    ],
)
def test_saisie_refusee_le_dit_sur_son_champ_et_garde_tout(genre, changements, phrase):
    if changements.get("vers"):
        changements = {"vers": f"{Appel.objects.courant().pk}-2026-etat"}
    reponse = envoyer(client(), genre, **{"motif": "Un motif à garder", **changements})
    lue = reponse.content.decode()
    assert reponse.status_code == 422
    assert phrase in lisible(reponse)
    assert "Rien n’est perdu" in lisible(reponse)
    assert changements.get("motif", "Un motif à garder") in lue
    assert f'id="{genre}" open' in lue
    assert not MouvementEnveloppe.objects.exists()


def test_le_motif_d_un_depassement_se_demande_quand_il_le_faut_avec_les_sommes():
    projet_en(Statut.VALIDE)  # 1 000 € by the State
    ouvrir(etat=2000)
    qui = client()
    assert "motif_depassement" not in qui.get(reverse("enveloppes"), {"annee": 2026}).content.decode()
    adresse = reverse("enveloppe_mouvement", args=["ajout"])
    reponse = qui.post(adresse, saisie("ajout", genre="retrait"))
    assert reponse.status_code == 422
    assert 'name="ajout-motif_depassement"' in reponse.content.decode()
    assert "1500,50€pourunrestede1000,00€,soitundépassementde500,50€" in re.sub(r"\s", "", lisible(reponse))
    reponse = qui.post(adresse, saisie("ajout", genre="retrait", motif_depassement="Gel de crédits."))
    assert reponse.status_code == 302
    for adresse in (reverse("enveloppes"), reverse("pilotage")):
        lue = lisible(qui.get(adresse, {"annee": 2026}))
        assert "Gel de crédits." in lue
        assert "dépassée de 500,50" in lue.replace("\u202f", " ")


def test_le_formulaire_envoye_deux_fois_ne_compte_qu_une_fois():
    qui, jeton = client(), uuid.uuid4()
    assert {envoyer(qui, jeton=jeton).status_code for _ in range(2)} == {302}
    assert MouvementEnveloppe.objects.count() == 1


def test_annuler_demande_pourquoi_et_laisse_la_trace():
    qui, fait = client(), bouger("ajout", 100, vers=ETAT)
    adresse = reverse("enveloppe_annuler", args=[fait.pk])
    refusee = qui.post(adresse, {"motif": ""})
    assert refusee.status_code == 422
    assert "Écrivez pourquoi ce mouvement est annulé" in lisible(refusee)
    assert qui.post(adresse, {"motif": "Saisi deux fois."}).status_code == 302
    assert "Saisi deux fois." in page(qui)
    assert qui.post(adresse, {"motif": "Encore."}).status_code == 302  # said to be done already
    assert MouvementEnveloppe.objects.get().motif_annulation == "Saisi deux fois."


def test_annuler_un_ajout_deja_accorde_demande_le_motif_du_depassement():
    ouvrir(etat=700)
    fait = bouger("ajout", 300, vers=ETAT)
    projet_en(Statut.VALIDE)
    qui, adresse = client(), reverse("enveloppe_annuler", args=[fait.pk])
    reponse = qui.post(adresse, {"motif": "Erreur."})
    assert reponse.status_code == 422
    assert 'name="motif_depassement"' in reponse.content.decode()
    assert qui.post(adresse, {"motif": "Erreur.", "motif_depassement": "À venir."}).status_code == 302
    assert DepassementEnveloppe.objects.get().motif == "À venir."


# --- everywhere else --------------------------------------------------------------------------------------------------


def seance_depassee() -> SeanceTroika:
    """A meeting whose pending decision was recorded within the envelope, which then shrank by nobody's leave."""
    projet = projet_en(Statut.INSCRIT)
    fabriques.decider(projet)
    Enveloppe.objects.filter(annee=2026, financeur=Financeur.ETAT).update(montant=100)
    return projet.points.get().seance


def test_publier_demande_le_motif_d_un_depassement_que_rien_n_explique():
    seance, qui = seance_depassee(), client()
    adresse = reverse("troika_publier", args=[seance.pk])
    vue = empreinte(seance.points.select_related("projet"))
    lue = qui.get(adresse)
    assert "Pourquoi l’enveloppe État (préfecture) 2026 est dépassée de 900,00" in lisible(lue).replace("\u202f", " ")
    refusee = qui.post(adresse, {"vue": vue, "depassement_2026_etat": " "})
    assert refusee.status_code == 422
    assert "Rien n’a été publié" in lisible(refusee)
    assert SeanceTroika.objects.get(pk=seance.pk).est_ouverte
    assert qui.post(adresse, {"vue": vue, "depassement_2026_etat": "Accord des trois."}).status_code == 302
    assert not SeanceTroika.objects.get(pk=seance.pk).est_ouverte
    salle = qui.get(reverse("troika_seance", args=[seance.pk]))
    assert "Accord des trois." in lisible(salle)


def test_salle_classeur_et_csv_disent_le_depassement_et_son_motif():
    projet = projet_en(Statut.INSCRIT)
    ouvrir(etat=600)
    bouger("transfert", 100, de=VILLE, vers=ETAT)
    fabriques.decider(projet, justification_depassement="Ajout promis.")
    seance, qui = projet.points.get().seance, client()
    lue = lisible(qui.get(reverse("troika_seance", args=[seance.pk])))
    assert "Ajouts et transferts" in lue
    assert "300,00 € de dépassement, par" in lue.replace("\xa0", " ")
    assert "Ajout promis." not in contenu(qui, "csv").decode("utf-8-sig")  # pending: in no file
    publier = reverse("troika_publier", args=[seance.pk])
    assert qui.post(publier, {"vue": empreinte(seance.points.select_related("projet"))}).status_code == 302
    feuille = openpyxl.load_workbook(io.BytesIO(contenu(qui, "xlsx")))["Enveloppes"]
    etat = next(ligne for ligne in feuille.iter_rows(values_only=True) if ligne[0] == "État (préfecture)")
    assert etat[1:5] == (600, 0, 0, 100)
    assert etat[5].startswith("=B")
    assert "Ajout promis." in etat[-1]
    valeurs = openpyxl.load_workbook(io.BytesIO(contenu(qui, "xlsx")), data_only=True)["Enveloppes"]
    etat = next(ligne for ligne in valeurs.iter_rows(values_only=True) if ligne[0] == "État (préfecture)")
    assert etat[5:9] == (700, 1000, -300, 300)


def contenu(qui: Client, code: str) -> bytes:
    """A file of the page, read to its end: it is then closed."""
    return b"".join(qui.get(reverse("exporter_enveloppes", args=[2026, code])).streaming_content)


@pytest.mark.parametrize(
    ("changements", "phrase"),
    [
        ({"montant": "900"}, "Il ne reste que"),
        ({"annee": "2028"}, "a déjà servi"),
        ({"montant": "1000"}, ""),
        ({"montant": "20000"}, ""),
    ],
)
def test_l_administration_ne_baisse_pas_un_vote_sous_ce_qui_est_pris(changements, phrase):
    projet_en(Statut.VALIDE)
    admin = de_role(Role.ADMIN)
    admin.is_staff = admin.is_superuser = True
    admin.save()
    enveloppe = Enveloppe.objects.get(annee=2026, financeur=Financeur.ETAT)
    adresse = reverse("admin:projets_enveloppe_change", args=[enveloppe.pk])
    donnees = {"appel": enveloppe.appel_id, "annee": "2026", "financeur": "etat", "montant": "10000", **changements}
    reponse = client(Role.ADMIN).post(adresse, donnees)
    assert reponse.status_code == (200 if phrase else 302)
    if phrase:
        assert phrase in lisible(reponse)
        assert Enveloppe.objects.get(pk=enveloppe.pk).montant == 10_000
        assert Projet.objects.exists()
    assert client(Role.ADMIN).post(adresse.replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_dossier_de_seance_et_compte_rendu_disent_le_depassement():
    projet = projet_en(Statut.INSCRIT)
    fabriques.decider(projet)
    seance, lecteur = projet.points.get().seance, de_role(Role.PILOTE_VILLE)
    ouvrir(etat=1000)
    client().post(
        reverse("troika_publier", args=[seance.pk]), {"vue": empreinte(seance.points.select_related("projet"))}
    )
    rendu = texte_de(compte_rendu.composer(SeanceTroika.objects.get(pk=seance.pk), lecteur))
    assert "dépassée" not in rendu
    bouger("retrait", 400, de=ETAT, motif_depassement="Gel de crédits.")
    suivante = projet_en(Statut.INSCRIT).points.get().seance
    ouverture = texte_de(dossier_seance.composer(suivante, lecteur))
    assert "Enveloppe dépassée de 400,00" in ouverture
    assert "Gel de crédits." in ouverture
    assert "Ajouts et transferts" in ouverture
    # what moved after the publication changes nothing in the minutes of that day
    assert texte_de(compte_rendu.composer(SeanceTroika.objects.get(pk=seance.pk), lecteur)) == rendu


def texte_de(imprime: object) -> str:
    return repr(imprime).replace("\\u202f", " ").replace("\\xa0", " ").replace("\u202f", " ").replace("\xa0", " ")


def test_le_compte_rendu_dit_le_depassement_de_sa_seance():
    projet = projet_en(Statut.INSCRIT)
    ouvrir(etat=600)
    fabriques.decider(projet, justification_depassement="Ajout promis.")
    seance = projet.points.get().seance
    rendu = texte_de(compte_rendu.composer(seance, de_role(Role.PILOTE_VILLE)))
    assert "Enveloppe dépassée de 400,00" in rendu
    assert Decimal(400) == DepassementEnveloppe.objects.get().montant
    assert rendu.count("Ajout promis.") == 2  # with its envelope, and with its decision
