"""Looking for words over the portal: what everybody may read, and the projects that a person may see.

What is public and short (the call, the questions of the form, the directory, the pages) is gathered once per process and
read in memory; projects are looked for by the coordination's own search, examples by an indexed column of their own.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.html import strip_tags

from cite_educative.preparees import Objets
from correspondants.enums import AUTORITES
from correspondants.models import Correspondant, Utilisateur

from .dossier import QUESTIONS, SECTIONS
from .ensembles import Ensemble
from .fraicheur import marque_publique, retenir
from .guides import Guide, guides
from .models import (
    MONTRES,
    Appel,
    AvisIEN,
    Dispositif,
    Objectif,
    Orientation,
    Parcours,
    Projet,
    Thematique,
    Transversalite,
    Vitrine,
)  # fmt: skip
from .pagination import COMPTE_MAX, compter
from .permissions import est_des_services
from .surlignage import Morceau, contient, extrait, mots_de, reduire, surligner

FRAICHEUR = 30  # seconds
LONGUEUR_MAX = 200
GROUPES = {
    "projets": "Projets",
    "appel": "L’appel à projets",
    "objectifs": "Objectifs, parcours et dispositifs",
    "aide": "Aide : guides et questions",
    "formulaire": "Questions du formulaire",
    "correspondants": "Correspondants",
    "exemples": "Exemples de projets financés",
    "pages": "Pages du portail",
}
# What a page is about, in the words people use for it.
PAGES = (
    ("deposer", "Déposer un projet", "Avec un fichier Word ou en ligne : formulaire, dossier, demande de subvention, candidature."),
    ("modele_word", "Le formulaire Word", "Télécharger le modèle de dossier à remplir, fichier docx vierge."),
    ("suivi", "Mes projets", "Suivre un dossier, compléter, répondre, retrouver un brouillon, retirer un projet, décision."),
    ("bilans", "Bilans", "Rendre compte : bilan intermédiaire, bilan définitif, justificatifs, factures, dépenses."),
    ("communication", "Communiquer sur un projet", "Logos, phrase à insérer, affiche, droit à l’image, photographies."),
    ("correspondants", "Les correspondants", "À qui envoyer mon projet, contact, téléphone, adresse, coordination."),
    ("accessibilite", "Accessibilité", "Déclaration de conformité au RGAA, handicap, lecteur d’écran."),
    ("mentions_legales", "Mentions légales", "Éditeur, hébergeur."),
    ("donnees_personnelles", "Données personnelles", "RGPD, vie privée, durée de conservation, effacer mes données, cookies."),
    ("plan_du_site", "Plan du site", "Toutes les pages."),
    ("account_login", "Se connecter", "Compte, mot de passe oublié, code reçu par courriel."),
)  # fmt: skip


@dataclass(frozen=True)
class Fiche:
    """Something that can be found: its group, its words, where it leads; ``cle`` is what is compared."""

    groupe: str
    titre: str
    texte: str
    adresse: str
    cle: str = ""


@dataclass(frozen=True)
class Resultat:
    titre: tuple[Morceau, ...]
    texte: tuple[Morceau, ...]
    adresse: str
    projet: Projet | None = None


@dataclass
class Groupe:
    """The results of one kind: all of them counted, unless ``en_partie`` (there may be more); ``resultats`` those of the page."""

    code: str
    nombre: int
    resultats: list[Resultat] = field(default_factory=list)
    en_partie: bool = False

    @property
    def libelle(self) -> str:
        return GROUPES[self.code]


# --- what everybody may read ----------------------------------------------------------------------------------------


def _fiches(appel: Appel | None) -> Iterator[Fiche]:
    for nom, titre, texte in PAGES:
        yield Fiche("pages", titre, texte, reverse(nom))
    if appel is None:
        return
    page = reverse("appel")
    financement = [*(appel.finance_oui or ()), *(appel.finance_non or ()), appel.texte_financement]
    for ancre, titre, texte in (
        ("presentation", appel.cite, "\n".join([appel.presentation, *appel.grands_enjeux])),
        ("qui", "Qui peut déposer, et comment", appel.texte_depot),
        ("finance", "Ce qui est financé", "\n".join(financement)),
        ("dispositifs", "Les dispositifs du territoire", appel.convergences),
        ("communication", "Communiquer sur son projet", f"{appel.texte_communication}\n{appel.phrase_communication}"),
    ):
        yield Fiche("appel", titre, _sans_adresses(texte), f"{page}#{ancre}")
    lus = _en_ordre(appel)
    for une in lus["thematiques"]:
        yield Fiche("objectifs", str(une), une.description, f"{page}#thematique-{une.code}")
    for un in lus["objectifs"]:
        yield Fiche(
            "objectifs", str(un), f"{un.enjeu.thematique.libelle} · {un.enjeu.libelle}", f"{page}#objectif-{un.code}"
        )
    for nom, ancre, genre in (
        ("parcours", "parcours", "Parcours"), ("orientations", "parcours", "Orientation privilégiée"),
        ("transversalites", "presentation", "Enjeu transversal"), ("dispositifs", "dispositifs", "Dispositif"),
    ):  # fmt: skip
        for element in lus[nom]:
            texte = " · ".join(filter(None, (genre, getattr(element, "sigle", ""), element.description)))
            yield Fiche("objectifs", element.libelle, texte, f"{page}#{ancre}")
    sections = {section.code: section.titre for section in SECTIONS}
    deposer, liste = reverse("deposer"), f"{reverse('correspondants')}#liste"
    for question in QUESTIONS:
        yield Fiche("formulaire", question.libelle, f"{sections[question.section]}. {question.aide}", deposer)
    for personne in _ANNUAIRE.lire():
        fonction = " · ".join(personne.fonction.split("\n"))
        yield Fiche("correspondants", personne.nom or "Poste à pourvoir", fonction, liste)


def _ranges(lignes: QuerySet, *ordre: str) -> QuerySet:
    """Rows that say their place in this order."""
    return lignes.order_by().annotate(rang=Window(RowNumber(), order_by=[F(champ) for champ in ordre]))


def _elements(modele: type[Model], *champs: str) -> Callable[[int], QuerySet]:
    return lambda appel: _ranges(
        modele.objects.filter(appel=appel).only("libelle", "description", *champs), "ordre", "code"
    )


# What a call lists, by one query: in the order of each model.
_LISTES = Ensemble(
    {
        "thematiques": lambda appel: _ranges(Thematique.objects.filter(appel=appel), "code"),
        "objectifs": lambda appel: _ranges(
            Objectif.objects.filter(enjeu__thematique__appel=appel).select_related("enjeu__thematique"),
            "enjeu__thematique__code", "enjeu__code", "code",
        ),
        "parcours": _elements(Parcours),
        "orientations": _elements(Orientation),
        "transversalites": _elements(Transversalite),
        "dispositifs": _elements(Dispositif, "sigle"),
    },
    1,
)  # fmt: skip
_ANNUAIRE = Objets(lambda: Correspondant.objects.annuaire().only("nom", "fonction"))


def _en_ordre(appel: Appel) -> dict[str, list[Any]]:
    return {nom: sorted(lus, key=lambda un: un.rang) for nom, lus in _LISTES.lire(appel.pk).items()}


@lru_cache(maxsize=1)
def _fiches_de_l_aide() -> tuple[Fiche, ...]:
    """One for each part of each guide: they change with the portal only."""
    return tuple(
        Fiche("aide", titre, f"{un.titre}. {texte}", f"{un.adresse}#{ancre}", reduire(f" {titre} {texte}"))
        for un in guides()
        for ancre, titre, texte in _parties(un)
    )


def _parties(un_guide: Guide) -> Iterator[tuple[str, str, str]]:
    """(anchor, title, words) of each part of a guide."""
    titres = dict(un_guide.sommaire)
    for morceau in re.split(r"(?=<h2 )", str(un_guide.corps)):
        ancre = re.match(r'<h2 id="([^"]+)"', morceau)
        if ancre and ancre[1] in titres:
            texte = unescape(strip_tags(morceau.partition("</h2>")[2].replace("<", " <")))
            yield ancre[1], titres[ancre[1]], _sans_adresses(texte)


def _sans_adresses(texte: str) -> str:
    """The robots that gather addresses must not find them here either."""
    return " ".join(mot for mot in texte.split() if "@" not in mot)


def fiches(appel: Appel | None) -> list[Fiche]:
    """Everything public but the examples, gathered again as soon as the journal moved, and within half a minute."""

    def lire() -> list[Fiche]:
        return [
            Fiche(une.groupe, une.titre, une.texte, une.adresse, reduire(f" {une.titre} {une.texte}"))
            for une in _fiches(appel)
        ]

    return retenir(marque_publique(), f"recherche:{appel.pk if appel else 0}", lire, FRAICHEUR)


def exemples(mots: Sequence[str] = ()) -> QuerySet[Vitrine]:
    """The public presentations, the last published first: those that hold every word."""
    # Of each its project, rather than of all that was granted its presentation.
    montres = Projet.objects.filter(pk=OuterRef("projet"), statut__in=MONTRES).order_by()
    trouvees = Vitrine.objects.filter(Exists(montres), publiee_le__isnull=False, consenti_le__isnull=False)
    for mot in mots:
        trouvees = trouvees.filter(recherche__contains=f" {mot}")
    return trouvees.select_related("projet").order_by("-publiee_le", "-projet")


# --- answering --------------------------------------------------------------------------------------------------------


def chercher(
    texte: str, appel: Appel | None, utilisateur: Utilisateur, *, dans: str = "", page: int = 1, par_page: int = 5
) -> list[Groupe]:
    """The groups that answer, in their order, each counted, with the results of ``page``; of one group only if ``dans``."""
    mots = mots_de(texte[:LONGUEUR_MAX])
    if not mots:
        return []
    debut, fin = (page - 1) * par_page, page * par_page
    de_l_appel = cache(lambda: fiches(appel))
    groupes = []
    for code in GROUPES:
        if dans and code != dans:
            continue
        if code == "projets":
            groupe = _groupe_de_projets(texte, mots, utilisateur, debut, fin)
        elif code == "exemples":
            trouvees = exemples(mots)
            nombre = trouvees.count()
            groupe = Groupe(code, nombre, [_exemple(une, mots) for une in trouvees[debut:fin]] if nombre else [])
        else:
            toutes = _fiches_de_l_aide() if code == "aide" else de_l_appel()
            siennes = _classer([une for une in toutes if une.groupe == code and _repond(une, mots)], mots)
            groupe = Groupe(code, len(siennes), [_resultat(une, mots) for une in siennes[debut:fin]])
        if groupe.nombre:
            groupes.append(groupe)
    return groupes


def _repond(fiche: Fiche, mots: list[str]) -> bool:
    return all(f" {mot}" in fiche.cle for mot in mots)


def _classer(trouvees: list[Fiche], mots: list[str]) -> list[Fiche]:
    """Those whose title holds more of the words first, else in the order of the call."""
    return sorted(trouvees, key=lambda une: -sum(contient(une.titre, [mot]) for mot in mots))


def _resultat(fiche: Fiche, mots: list[str]) -> Resultat:
    return Resultat(surligner(fiche.titre, mots), surligner(extrait(fiche.texte, mots), mots), fiche.adresse)


def _exemple(vitrine: Vitrine, mots: list[str]) -> Resultat:
    adresse = f"{reverse('exemples')}?{urlencode({'q': ' '.join(mots)})}#exemple-{vitrine.pk}"
    return Resultat(surligner(vitrine.projet.titre, mots), surligner(extrait(vitrine.resume, mots), mots), adresse)


def _groupe_de_projets(texte: str, mots: list[str], qui: Utilisateur, debut: int, fin: int) -> Groupe:
    """Counted, and leafed, no further than ``COMPTE_MAX``."""
    if not qui.is_authenticated:
        return Groupe("projets", 0)
    cherche, visibles = texte[:LONGUEUR_MAX], Projet.objects.visibles_par(qui)
    if (rares := _rares(qui)) is None:
        trouves = visibles.recents_qui_contiennent(cherche)
    else:
        trouves = visibles.filter(rares).chercher_un_a_un(cherche).recents()
    nombre = compter(trouves)
    lignes = (
        trouves.select_related("structure").only("numero", "titre", "statut", "jeton", "structure__nom")[
            debut : min(fin, nombre)
        ]
        if nombre
        else ()
    )
    return Groupe("projets", nombre, [_projet(projet, mots) for projet in lignes], en_partie=nombre >= COMPTE_MAX)


def _rares(qui: Utilisateur) -> Q | None:
    """What nearly tells the projects that a person may open, when they are few: they are then read, rather than looked for among
    all that hold the words. None: they may be many."""
    if est_des_services(qui):
        return None
    siens = Q(porteur=qui)
    if not AUTORITES & qui.roles:
        return siens
    avis = AvisIEN.objects.visibles_par(qui).order_by()
    return None if compter(avis) >= COMPTE_MAX else siens | Q(pk__in=avis.values("projet"))


def _projet(projet: Projet, mots: list[str]) -> Resultat:
    texte = " · ".join(filter(None, (projet.numero or "Brouillon", str(projet.structure or ""))))
    return Resultat(
        surligner(projet.titre or "Sans titre", mots), surligner(texte, mots), projet.get_absolute_url(), projet
    )
