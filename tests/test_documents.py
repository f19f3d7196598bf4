"""PDF documents: accessible, in French, from our files only, whatever was typed."""

import subprocess
from decimal import Decimal

import pikepdf
import pytest
from django.test import override_settings

from projets import bilans
from projets.documents.compte_financier import CompteFinancier, bilan_pdf
from projets.documents.pdf import BASE, _lecteur, fiche_projet
from projets.models import Projet

from . import annee_connue, fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def lire(octets: bytes, chemin) -> str:
    fichier = chemin / "document.pdf"
    fichier.write_bytes(octets)
    texte = subprocess.run(["pdftotext", "-layout", fichier, "-"], check=True, capture_output=True).stdout.decode()
    return texte.replace("\u202f", " ").replace("\u00a0", " ")


def ouvrir(octets: bytes, chemin) -> pikepdf.Pdf:
    fichier = chemin / "document.pdf"
    fichier.write_bytes(octets)
    return pikepdf.open(fichier)


@pytest.fixture
def rendu():
    projet = fabriques.projet_en("valide")
    bilan = annee_connue.remplir(
        projet,
        2026,
        {"60-PRESTATIONS": Decimal("0.00"), "60-MATIERES": Decimal("450.25")},
        filles=3,
        garcons=4,
        signataire="Mme Martin, directrice",
    )
    bilans.deposer(bilan, par=projet.porteur)
    return CompteFinancier.de(bilan)


def verifier_accessible(pdf: pikepdf.Pdf, titre: str) -> None:
    assert str(pdf.Root.Lang) == "fr"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert "/StructTreeRoot" in pdf.Root
    with pdf.open_metadata() as metadonnees:
        assert metadonnees["pdfuaid:part"] == "1"
        assert metadonnees["dc:title"] == titre
    for page in pdf.pages:
        polices = page.get("/Resources", {}).get("/Font", {})
        assert all("/FontFile2" in p.DescendantFonts[0].FontDescriptor or "/FontFile3" in p.DescendantFonts[0].FontDescriptor
                   for p in polices.values())  # fmt: skip


def test_la_fiche_d_un_projet_est_accessible_et_complete(tmp_path, caplog):
    projet = fabriques.projet_en("valide")
    octets = fiche_projet(projet)
    with ouvrir(octets, tmp_path) as pdf:
        verifier_accessible(pdf, f"{projet.numero} {projet.titre}")
    texte = lire(octets, tmp_path)
    for attendu in (
        projet.numero,
        projet.titre,
        "École des Tilleuls",
        "1 000,00 €",
        "10. L’engagement du porteur",
        "Page 1 sur",
    ):
        assert attendu in texte
    assert not [message for message in caplog.messages if "weasyprint" in message.lower()]


def test_la_fiche_ne_dit_rien_des_deliberations(tmp_path):
    projet = fabriques.projet_en("inscrit")
    fabriques.decider(projet, "ajourne", motif="Motif secret de la troïka")
    texte = lire(fiche_projet(projet), tmp_path)
    assert "secret" not in texte
    assert "Montant accordé" not in texte
    assert "À l’ordre du jour de la troïka" in texte


def test_la_fiche_supporte_un_dossier_vide_et_un_dossier_absurde(tmp_path):
    from projets.dossier import Dossier

    vide = fabriques.brouillon(Dossier(), fichier=False)
    assert "Non renseigné" in lire(fiche_projet(vide), tmp_path)
    absurde = fabriques.brouillon(
        fabriques.dossier_complet(titre="M" * 10_000, resume="🎭 <script>alert(1)</script> " * 200), fichier=False
    )
    texte = lire(fiche_projet(absurde), tmp_path)
    assert "<script>alert(1)</script>" in texte


def test_le_bilan_a_les_trois_parties_du_cerfa(rendu, tmp_path):
    octets = bilan_pdf(rendu)
    with ouvrir(octets, tmp_path) as pdf:
        verifier_accessible(pdf, f"Bilan 2026 du projet {rendu.numero}")
    texte = lire(octets, tmp_path)
    for attendu in (
        "1. Bilan qualitatif de l’action", "2. Tableau de synthèse", "3. Données chiffrées",
        "450,25 €", "−449,75 €", "−50,0 %", "−100,0 %", "66,7 %", "Mme Martin, directrice", "à rendre",
    ):  # fmt: skip
        assert attendu in texte, attendu


def test_les_chiffres_du_compte_financier(rendu):
    assert (rendu.charges.prevu, rendu.charges.realise, rendu.charges.ecart) == (
        Decimal("1500.00"), Decimal("450.25"), Decimal("-1049.75"),
    )  # fmt: skip
    assert rendu.charges.pourcentage == Decimal("-70.0")
    assert rendu.produits.realise == Decimal("1500.00")
    assert rendu.part_subvention == Decimal("66.7")
    assert rendu.reste_a_rendre == Decimal("1000.00"), "jamais plus que ce qui a été accordé"
    assert {ligne.libelle for ligne in rendu.a_expliquer} == {
        "Prestations de services",
        "Achats matières et fournitures",
    }


def test_un_bilan_qui_n_a_rien_coute_ne_divise_pas_par_zero():
    projet = fabriques.projet_en("valide")
    bilan = bilans.preparer(projet.exercices.get(), projet.porteur)
    bilan.lignes.update(realise=0)
    rendu = CompteFinancier.de(bilan)
    assert rendu.part_subvention is None
    assert rendu.reste_a_rendre == rendu.accorde


@pytest.mark.parametrize(
    "adresse",
    [
        "http://example.org/espion.png",
        "https://example.org/x",
        "file:///etc/passwd",
        "data:text/css,x",
        "ftp://example.org/",
        f"{BASE}../manage.py",
        f"{BASE}css/absent.css",
        f"{BASE}%2e%2e/manage.py",
        "/etc/passwd",
    ],
)
def test_rien_n_est_lu_hors_des_fichiers_statiques(adresse):
    with pytest.raises(Exception, match=r"refusée|joined path"):
        _lecteur().fetch(adresse)


def test_une_adresse_dans_un_texte_n_est_pas_suivie(tmp_path):
    projet = fabriques.brouillon(
        fabriques.dossier_complet(
            resume='<img src="file:///etc/passwd"><link rel="stylesheet" href="http://example.org">'
        ),
        fichier=False,
    )
    with override_settings(DEBUG=False):
        assert '<img src="file:///etc/passwd">' in lire(fiche_projet(projet), tmp_path)


def test_la_fiche_ne_depend_pas_du_nombre_de_lignes(django_assert_max_num_queries):
    projet = Projet.objects.select_related("appel").get(pk=fabriques.projet_en("valide").pk)
    with django_assert_max_num_queries(18):
        fiche_projet(projet)
