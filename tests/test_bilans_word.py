"""A bilan filled in Word: the form that is given, and every rule of what comes back."""

import logging
from dataclasses import replace
from decimal import Decimal

import pytest

from projets import bilans, bilans_word, reception
from projets.constats import Gravite
from projets.dossier_bilan import ChargeRendue, DossierBilan, IndicateurRendu, ProduitRendu
from projets.enums import GenrePiece
from projets.models import LigneBilan, Piece, SupportCommunication
from projets.word.ecriture import ecrire
from projets.word.formulaires import BILAN
from projets.word.lecture import lire
from projets.word.noms import W
from projets.word.refus import FichierRefuse

from . import annee_connue, fabriques
from .bilans_word import bilan_de, fichier, ligne, projet_finance, realise, rempli
from .word.deformations import ecrire_dans, modifier, tableau_de
from .word.test_annotation import commentaires

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def _ajoutees(bilan):
    """Lines that nobody planned, in the order of the page."""
    return bilan.lignes.filter(prevu=0).order_by("sens", "rang", "pk")


@pytest.fixture(autouse=True)
def _lecture_dans_le_processus(request, monkeypatch):
    """The reading in a process of its own is tested with the Word engine, and once here."""
    if "processus_a_part" not in request.node.name:
        monkeypatch.setattr(reception, "lire_protege", lire)


@pytest.fixture
def bilan():
    return bilan_de(projet_finance())


def recevoir(bilan, octets, **options):
    """Constats by field of the page, the bilan being read again."""
    constats = bilans_word.recevoir_bilan(bilan, "bilan.docx", octets, bilan.exercice.projet.porteur, **options)
    bilan.refresh_from_db()
    return {constat.champ: constat for constat in constats}


def refuser(bilan, octets, **options):
    """The sentence of a refusal, after which nothing is stored."""
    empreinte = bilans.empreinte_de(bilan)
    with pytest.raises((FichierRefuse, bilans.SaisieRefusee)) as refus:
        recevoir(bilan, octets, **options)
    bilan.refresh_from_db()
    assert bilans.empreinte_de(bilan) == empreinte
    assert bilan.lecture == {}
    assert not Piece.objects.filter(genre=GenrePiece.BILAN).exists()
    return str(refus.value).replace("\u00a0", " ")


def taper(bilan, tableau, rangee, cellule, texte, **changements):
    """A file in whose table somebody typed by hand; row 1 is the first after the header."""

    def geste(racine):
        rangees = tableau_de(racine, tableau, "bil_").findall(f"{W}tr")
        ecrire_dans(rangees[rangee].findall(f"{W}tc")[cellule], texte)

    return modifier(fichier(bilan, **changements), geste)


# --- the form that is given -------------------------------------------------------------------------------------------


def test_le_bilan_prerempli_dit_le_budget_et_ce_qui_est_accorde():
    projet = fabriques.projet_en("pret")
    annee_connue.accorder(projet, {(2026, "ville"): Decimal("640.50")})
    contenu = bilans_word.contenu_word(bilan_de(projet))
    assert (contenu.numero, contenu.annee, contenu.titre) == (projet.numero, 2026, "Une mare pédagogique")
    assert contenu.structure == "École des Tilleuls"
    assert contenu.produits[0] == ProduitRendu("74-CITE", "", Decimal("640.50"), None)
    assert contenu.charges[0] == ChargeRendue("60-PRESTATIONS", "", Decimal("600.00"), None)
    assert contenu.indicateurs == (IndicateurRendu("Séances d’observation", "10", ""),)


def test_le_referentiel_nomme_la_subvention_et_les_issues(appel):
    referentiel = bilans_word.referentiel_du_bilan(appel)
    for liste in ("comptes", "comptes_produits"):
        assert referentiel.libelle(liste, "74-CITE") == "Subvention de la cité éducative"
    assert referentiel.codes("issues") == {"realisee", "partielle", "non_realisee", "reportee"}
    assert appel.referentiel().libelle("comptes", "74-CITE") != "Subvention de la cité éducative"


def test_ce_qui_est_ecrit_se_relit_tel_quel(bilan):
    referentiel = bilans_word.referentiel_du_bilan(bilan.exercice.projet.appel)
    lue = lire(bilans_word.ecrire_bilan(bilan), referentiel, BILAN)
    assert lue.dossier == bilans_word.contenu_word(bilan)
    assert lue.anomalies == lue.non_reconnu == ()


def test_deposer_le_bilan_prerempli_ne_change_rien(bilan):
    empreinte = bilans.empreinte_de(bilan)
    constats = recevoir(bilan, bilans_word.ecrire_bilan(bilan))
    assert bilans.empreinte_de(bilan) == empreinte
    assert all(constat.est_bloquant for constat in constats.values()), "seulement ce qui manque pour déposer"
    assert {constat.message for constat in constats.values()} == set(bilans.obstacles(bilan))


# --- what comes back --------------------------------------------------------------------------------------------------


def test_un_bilan_rempli_devient_un_brouillon_complet(bilan):
    octets = fichier(
        bilan, issue="partielle", dates_et_lieux="En mars", resultats="Bons", difficultes="La pluie", filles=12,
        garcons=13, parents=4, professionnels=2, observations="Rien", communication_faite=True,
        indicateurs=(IndicateurRendu("Séances d’observation", "10", "12 séances", "atteint"),),
    )  # fmt: skip
    assert recevoir(bilan, octets) == {}
    assert (bilan.issue, bilan.realisation, bilan.dates_et_lieux) == (
        "partielle",
        "Quatre séances.\nUne sortie.",
        "En mars",
    )
    assert (bilan.resultats, bilan.difficultes, bilan.observations) == ("Bons", "La pluie", "Rien")
    assert (bilan.filles, bilan.garcons, bilan.parents, bilan.professionnels) == (12, 13, 4, 2)
    assert (bilan.communication_faite, bilan.certifie, bilan.signataire) == (True, True, "La direction de l’école")
    assert bilan.indicateurs.get().resultat == "12 séances"
    assert {x.compte_id: x.realise for x in bilan.lignes.all()} == {
        "60-MATIERES": Decimal(900), "60-PRESTATIONS": Decimal(600), "74-CITE": Decimal(1000), "74-COMMUNE": Decimal(500),
    }  # fmt: skip
    assert bilans.obstacles(bilan) == []
    assert bilan.statut == "brouillon", "rien n’est déposé par la lecture"


def test_le_fichier_est_garde_tel_quel(bilan):
    octets = fichier(bilan)
    recevoir(bilan, octets)
    piece = bilan.exercice.bilans_en_word.get()
    assert (piece.nom, piece.genre, piece.taille) == ("bilan.docx", GenrePiece.BILAN, len(octets))
    with piece.fichier.open("rb") as garde:
        assert garde.read() == octets
    assert not bilan.exercice.justificatifs.exists(), "le bilan Word n’est pas un justificatif"


def test_la_lecture_se_fait_dans_un_processus_a_part(bilan):
    assert recevoir(bilan, fichier(bilan)) == {}
    assert realise(bilan, "60-MATIERES") == Decimal(900)


def test_un_prevu_change_se_dit_et_reste(bilan):
    contenu = rempli(bilan)
    charges = (replace(contenu.charges[0], prevu=Decimal("999.00")), *contenu.charges[1:])
    constats = recevoir(bilan, fichier(bilan, charges=charges))
    constat = constats[f"ligne_{ligne(bilan, '60-PRESTATIONS').pk}"]
    assert constat.gravite is Gravite.A_VERIFIER
    assert "nous gardons 600,00" in constat.message
    assert constat.extrait.startswith("999,00")
    assert ligne(bilan, "60-PRESTATIONS").prevu == Decimal(600)
    assert realise(bilan, "60-PRESTATIONS") == Decimal(600)


def test_un_prevu_illisible_se_dit_sans_bloquer(bilan):
    constats = recevoir(bilan, taper(bilan, "charges", 1, 2, "six cents"))
    constat = constats[f"ligne_{ligne(bilan, '60-PRESTATIONS').pk}"]
    assert (constat.gravite, constat.extrait) == (Gravite.A_VERIFIER, "six cents")


@pytest.mark.parametrize("tape", ["beaucoup", "-5", "99 999 999 999 999", "1.234"])
def test_un_montant_impossible_garde_l_ancien_et_se_dit(bilan, tape):
    bilan.lignes.filter(compte="60-PRESTATIONS").update(realise=Decimal(250))
    octets = taper(bilan, "charges", 1, 3, tape)
    constat = recevoir(bilan, octets)[f"ligne_{ligne(bilan, '60-PRESTATIONS').pk}"]
    assert constat.gravite is Gravite.A_VERIFIER, "un montant est déjà là"
    assert constat.extrait
    assert realise(bilan, "60-PRESTATIONS") == Decimal(250)
    assert realise(bilan, "60-MATIERES") == Decimal(900)


def test_un_montant_illisible_sans_ancien_bloque(bilan):
    constat = recevoir(bilan, taper(bilan, "charges", 1, 3, "beaucoup"))[f"ligne_{ligne(bilan, '60-PRESTATIONS').pk}"]
    assert (constat.gravite, constat.extrait) == (Gravite.BLOQUANT, "beaucoup")


def test_une_case_vide_n_efface_rien_et_se_dit(bilan):
    bilan.lignes.filter(compte="60-MATIERES").update(realise=Decimal(42))
    bilan.resultats, bilan.filles = "Écrit en ligne", 7
    bilan.save()
    contenu = rempli(bilan)
    charges = tuple(replace(x, realise=None) if x.compte == "60-MATIERES" else x for x in contenu.charges)
    constats = recevoir(bilan, fichier(bilan, charges=charges, resultats="", filles=None))
    assert realise(bilan, "60-MATIERES") == Decimal(42)
    assert (bilan.resultats, bilan.filles) == ("Écrit en ligne", 7)
    gardes = {"resultats", "filles", f"ligne_{ligne(bilan, '60-MATIERES').pk}"}
    assert gardes <= constats.keys()
    assert {constats[champ].gravite for champ in gardes} == {Gravite.A_VERIFIER}


def test_une_case_decochee_l_est_aussi_dans_le_bilan(bilan):
    bilan.certifie = bilan.communication_faite = True
    bilan.save()
    constats = recevoir(bilan, fichier(bilan, certifie=False, communication_faite=False))
    assert (bilan.certifie, bilan.communication_faite) == (False, False)
    assert constats["certifie"].est_bloquant


def test_le_fichier_ne_repond_pas_a_la_place_du_registre_des_supports(bilan):
    projet = bilan.exercice.projet
    piece = projet.garder_piece(GenrePiece.SUPPORT, "affiche.pdf", b"%PDF", projet.porteur, "application/pdf")
    SupportCommunication.objects.create(piece=piece, phrase=True, logos=False)
    recevoir(bilan, fichier(bilan, communication_faite=True))
    assert not bilan.communication_faite


def test_une_ligne_prevue_disparue_reste_comme_elle_etait(bilan):
    bilan.lignes.filter(compte="60-MATIERES").update(realise=Decimal(42))
    charges = tuple(x for x in rempli(bilan).charges if x.compte != "60-MATIERES")
    constats = recevoir(bilan, fichier(bilan, charges=charges))
    assert realise(bilan, "60-MATIERES") == Decimal(42)
    assert "n’est plus dans votre fichier" in constats[f"ligne_{ligne(bilan, '60-MATIERES').pk}"].message
    assert ligne(bilan, "60-MATIERES").prevu == Decimal(900)


def test_un_tableau_absent_laisse_ses_montants(bilan):
    bilan.lignes.filter(compte="60-MATIERES").update(realise=Decimal(42))

    def sans_charges(racine):
        tableau = tableau_de(racine, "charges", "bil_")
        titre = tableau.getprevious()
        while "bil_charges" not in [m.get(f"{W}name") for m in titre.iter(f"{W}bookmarkStart")]:
            titre = titre.getprevious()
        titre.getparent().remove(titre)
        tableau.getparent().remove(tableau)

    constats = recevoir(bilan, modifier(fichier(bilan), sans_charges))
    assert "n’est pas dans votre fichier" in constats["charges"].message
    assert realise(bilan, "60-MATIERES") == Decimal(42)
    assert realise(bilan, "74-CITE") == Decimal(1000)


def test_des_lignes_imprevues_s_ajoutent(bilan):
    contenu = rempli(bilan)
    ajouts = (
        ChargeRendue("62-DEPLACEMENTS", "Bus", None, Decimal("80.50")),
        ChargeRendue("62-PUBLICITE", "", Decimal("30.00"), Decimal("0.00")),
    )
    constats = recevoir(bilan, fichier(bilan, charges=(*contenu.charges, *ajouts), explication_ecarts="Un bus."))
    ajoutees = list(_ajoutees(bilan).values_list("compte", "detail", "prevu", "realise"))
    assert ajoutees == [("62-DEPLACEMENTS", "Bus", 0, Decimal("80.50")), ("62-PUBLICITE", "", 0, Decimal(0))]
    assert "n’était pas au budget" in constats["ajouts-1-realise"].message
    recevoir(bilan, fichier(bilan))
    assert _ajoutees(bilan).count() == 2, "le même fichier une seconde fois n’ajoute rien"


def test_une_ligne_ajoutee_en_ligne_et_absente_du_fichier_reste_et_se_dit(bilan):
    octets = fichier(bilan)
    LigneBilan.objects.create(
        bilan=bilan, compte_id="62-DEPLACEMENTS", sens="charge", detail="Bus", realise=Decimal(80)
    )
    constats = recevoir(bilan, octets)
    assert "nous la gardons" in constats["ajouts-0-realise"].message
    assert realise(bilan, "62-DEPLACEMENTS") == Decimal(80)


@pytest.mark.parametrize(("compte", "dit"), [("", "Choisissez le compte"), ("Sorties", "n’est pas un des choix")])
def test_une_ligne_sans_compte_connu_se_montre_sans_se_perdre(bilan, compte, dit):
    def geste(racine):
        rangee = tableau_de(racine, "charges", "bil_").findall(f"{W}tr")[3]
        for cellule, texte in zip(rangee.findall(f"{W}tc"), (compte, "Au zoo", "", "80,50"), strict=True):
            ecrire_dans(cellule, texte)

    recevoir(bilan, modifier(fichier(bilan), geste))
    assert [a["champ"] for a in bilan.lecture["anomalies"] if dit in a["message"]] == ["charges"]
    assert bilan.lignes.count() == 4
    passage = bilan.lecture["non_reconnu"][0]["texte"].replace("\u00a0", " ")
    assert passage == ", ".join(filter(None, (compte, "Au zoo", "réalisé 80,50 €")))


def test_la_subvention_n_a_qu_une_ligne(bilan):
    contenu = rempli(bilan)
    deux = (*contenu.produits, ProduitRendu("74-CITE", "encore", None, Decimal(5)))
    constats = recevoir(bilan, fichier(bilan, produits=deux))
    assert "a déjà sa ligne" in constats["produits"].message
    assert realise(bilan, "74-CITE") == Decimal(1000)
    assert _ajoutees(bilan).count() == 0


def test_trop_de_lignes_ajoutees_se_dit(bilan, monkeypatch):
    monkeypatch.setattr("projets.rapprochement.LIGNES_AJOUTEES_MAX", 1)
    contenu = rempli(bilan)
    ajouts = tuple(ChargeRendue("62-DEPLACEMENTS", mot, None, Decimal(5)) for mot in ("Bus", "Train", "Car"))
    constats = recevoir(bilan, fichier(bilan, charges=(*contenu.charges, *ajouts)))
    assert [x.detail for x in _ajoutees(bilan)] == ["Bus"]
    assert "lignes ajoutées au plus" in constats["charges"].message
    (passage,) = bilan.lecture["non_reconnu"]
    assert [mot in passage["texte"] for mot in ("Déplacements, missions, Train", "Car", "Bus")] == [True, True, False]


def test_deux_lignes_du_meme_compte_ne_se_devinent_pas(bilan):
    LigneBilan.objects.create(
        bilan=bilan, compte_id="60-MATIERES", sens="charge", detail="Plantes", prevu=Decimal(900), rang=9
    )
    contenu = rempli(bilan)
    inconnue = ChargeRendue("60-MATIERES", "Autre chose", Decimal(1), Decimal(77))
    charges = (*(x for x in contenu.charges if x.compte != "60-MATIERES"), inconnue)
    constats = recevoir(bilan, fichier(bilan, charges=charges))
    assert "rien ne dit à laquelle" in constats["ajouts-0-compte"].message
    assert _ajoutees(bilan).get().realise == Decimal(77)
    assert {x.realise for x in bilan.lignes.filter(compte="60-MATIERES", prevu__gt=0)} == {None}


def test_les_precisions_d_une_ligne_prevue_ne_changent_pas(bilan):
    contenu = rempli(bilan)
    charges = tuple(replace(x, detail="Autre") if x.compte == "60-MATIERES" else x for x in contenu.charges)
    constats = recevoir(bilan, fichier(bilan, charges=charges))
    prevue = ligne(bilan, "60-MATIERES")
    assert (prevue.detail, prevue.realise) == ("Bâche et plantes", Decimal(900))
    assert "nous gardons « Bâche et plantes »" in constats[f"ligne_{prevue.pk}"].message.replace("\u00a0", " ")


def test_un_total_faux_et_des_produits_insuffisants_se_disent(bilan):
    octets = taper(bilan, "charges", -1, 2, "9 999,00")
    constats = recevoir(bilan, octets)
    assert "n’est pas la somme" in constats["charges"].message
    contenu = rempli(bilan)
    produits = tuple(replace(x, realise=Decimal(1)) for x in contenu.produits)
    constats = recevoir(bilan, fichier(bilan, produits=produits, explication_ecarts="Oui."))
    assert "ne couvrent pas" in constats["produits"].message
    assert constats["produits"].est_bloquant


def test_le_total_que_le_portail_a_ecrit_ne_se_reproche_pas(bilan):
    bilan.lignes.update(realise=Decimal(10))
    octets = taper(bilan, "charges", 1, 3, "480,00", dossier=bilans_word.contenu_word(bilan))
    assert "charges" not in recevoir(bilan, octets)
    assert realise(bilan, "60-PRESTATIONS") == Decimal(480)


def test_les_indicateurs_se_retrouvent_par_leur_libelle_puis_par_leur_rang(bilan):
    bilan.indicateurs.create(libelle="Enfants touchés", cible="25", rang=1)
    rendus = (
        IndicateurRendu("enfants touches", "30", "27"),
        IndicateurRendu("Retouché", "10", "12"),
        IndicateurRendu("Nouveau", "", "3"),
    )
    constats = recevoir(bilan, fichier(bilan, indicateurs=rendus))
    premier, second = bilan.indicateurs.all()
    assert (premier.resultat, second.resultat, second.cible) == ("", "27", "25")
    assert "nous gardons « 25 »" in constats[f"indicateur_{second.pk}"].message.replace("\u00a0", " ")
    assert {p["texte"] for p in bilan.lecture["non_reconnu"]} == {"Retouché : 10 : 12", "Nouveau : 3"}
    recevoir(bilan, fichier(bilan, indicateurs=(IndicateurRendu("Retouché", "10", "12"), rendus[0])))
    assert bilan.indicateurs.first().resultat == "12", "par le rang"


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [("resultats", "é" * 10_001), ("signataire", "S" * 201), ("filles", -3), ("filles", 2_000_000)],
)
def test_ce_qui_ne_tient_pas_n_est_ni_pris_ni_perdu(bilan, champ, valeur):
    avant = getattr(bilan, champ)
    constats = recevoir(bilan, fichier(bilan, **{champ: valeur}))
    assert getattr(bilan, champ) == avant
    assert constats[champ].extrait
    if isinstance(valeur, str):
        assert bilan.lecture["non_reconnu"][0]["texte"] == valeur


def test_un_titre_ou_une_structure_change_se_dit(bilan):
    recevoir(bilan, fichier(bilan, titre="Autre titre"))
    assert bilan.exercice.projet.titre == "Une mare pédagogique"
    assert "ne se change pas" in bilan.lecture["anomalies"][0]["message"]


# --- the right file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numero", ["", "2026–0001 ", "Projet n° {numero}", "voir page 2"])
def test_un_numero_absent_ou_ecrit_autrement_n_arrete_rien(bilan, numero):
    ecrit = numero.format(numero=bilan.exercice.projet.numero).replace("2026–0001", bilan.exercice.projet.numero)
    recevoir(bilan, fichier(bilan, numero=ecrit))
    assert realise(bilan, "74-CITE") == Decimal(1000)
    assert bool(bilan.lecture["anomalies"]) == (numero in ("", "voir page 2"))


@pytest.mark.parametrize(
    "changements", [{"numero": "2026-9999"}, {"annee": 2025}, {"numero": "2026-9999", "annee": 2025}]
)
def test_le_bilan_d_un_autre_est_refuse(bilan, changements):
    phrase = refuser(bilan, fichier(bilan, **changements))
    numero, annee = bilan.exercice.projet.numero, 2026
    autre = f"{changements.get('annee', annee)} du projet {changements.get('numero', numero)}"
    assert phrase.startswith(f"Ce document est le bilan {autre}, pas celui de 2026 du projet {numero}.")


def test_un_dossier_n_est_pas_un_bilan_ni_l_inverse(bilan, appel):
    dossier = ecrire(fabriques.dossier_complet(), appel.referentiel())
    assert "dossier de projet, pas un bilan" in refuser(bilan, dossier)
    with pytest.raises(FichierRefuse, match="est un bilan, pas un dossier"):
        reception.recevoir(appel, "bilan.docx", fichier(bilan))


def test_un_document_quelconque_est_refuse(bilan):
    def vider(racine):
        corps = racine.find(f"{W}body")
        for enfant in list(corps)[:-1]:
            corps.remove(enfant)

    assert "pas reconnu le formulaire de bilan" in refuser(bilan, modifier(fichier(bilan), vider))


def test_un_fichier_hostile_est_refuse_et_journalise(bilan, caplog):
    with caplog.at_level(logging.WARNING):
        assert "PDF" in refuser(bilan, b"%PDF-1.7")
    assert "motif=pdf" in caplog.text


def test_un_bilan_ferme_ou_change_entre_temps_ne_se_remplace_pas(bilan):
    octets, vue = fichier(bilan), bilans.empreinte_de(bilan)
    bilan.lignes.filter(compte="60-MATIERES").update(realise=Decimal(1))
    assert "a été modifié depuis" in refuser(bilan, octets, empreinte=vue)
    bilans.deposer(annee_connue.remplir(bilan.exercice.projet, 2026, {}), par=bilan.exercice.projet.porteur)
    bilan.refresh_from_db()
    assert "déjà déposé" in refuser(bilan, octets)


def test_un_autre_que_le_porteur_n_ecrit_rien(bilan):
    with pytest.raises(bilans.SaisieRefusee):
        bilans_word.recevoir_bilan(bilan, "x.docx", fichier(bilan), fabriques.utilisateur("autre@example.org"))


# --- what is left to look at ------------------------------------------------------------------------------------------


def test_les_remarques_suivent_leur_champ_jusqu_a_ce_qu_il_change(bilan):
    contenu = rempli(bilan)
    ajouts = tuple(ChargeRendue("62-DEPLACEMENTS", mot, Decimal(9), Decimal(5)) for mot in ("Bus", "Train"))
    recevoir(bilan, fichier(bilan, charges=(*contenu.charges, *ajouts), titre="Autre", filles=-1))
    champs = [a["champ"] for a in bilan.lecture["anomalies"]]
    assert sorted(champs) == ["", "ajouts-0-realise", "ajouts-1-realise", "filles"]
    avant = bilans_word.reponses(bilan)
    _ajoutees(bilan).filter(detail="Bus").delete()
    bilan.filles = 3
    bilan.save()
    bilans_word.regler(bilan, avant, relu=False)
    assert sorted(a["champ"] for a in bilan.lecture["anomalies"]) == ["", "ajouts-0-realise"]
    assert bilans_word.changements(bilan) == ()
    bilans_word.regler(bilan, bilans_word.reponses(bilan), relu=True)
    assert bilan.lecture == {}
    assert bilans_word.constats(bilan) == []


def test_les_changements_se_montrent_question_par_question(bilan):
    recevoir(bilan, fichier(bilan))
    changements = {c.libelle: c for c in bilans_word.changements(bilan)}
    assert changements["Ce qui a été fait"].avant.est_vide
    assert changements["Ce qui a été fait"].apres.texte == "Quatre séances.\nUne sortie."
    assert len(changements["Charges"].apres.lignes) == 2
    assert changements["Charges"].apres.lignes[0][0] == "Prestations de services"
    assert "Titre du projet" not in changements


def test_deposer_oublie_les_remarques(bilan):
    recevoir(bilan, fichier(bilan, titre="Autre"))
    bilans.deposer(bilan, par=bilan.exercice.projet.porteur)
    bilan.refresh_from_db()
    assert bilan.lecture == {}


def test_le_fichier_annote_porte_remarques_et_regles(bilan):
    octets = taper(bilan, "charges", 1, 3, "beaucoup", certifie=False, titre="Autre")
    textes = " ".join(texte for _, texte in commentaires(bilans_word.annoter_bilan(bilan, octets)))
    assert "Nous avons lu" in textes
    assert "beaucoup" in textes
    assert "Certifiez l’exactitude" in textes
    assert "ne se change pas dans un bilan" in textes


def test_un_bilan_vierge_n_a_ni_numero_ni_annee_et_se_dit(bilan):
    recevoir(bilan, fichier(bilan, dossier=DossierBilan()))
    messages = " ".join(a["message"] for a in bilan.lecture["anomalies"])
    assert "Écrivez le numéro du projet" in messages
    assert "Écrivez l’année civile" in messages
    assert {realise(bilan, compte) for compte in ("60-MATIERES", "74-CITE")} == {None}
