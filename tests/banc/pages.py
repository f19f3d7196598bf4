"""Pages of every audience, against the bare page: CPU, queries, and how they grow with the number of projects."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projets.enums import Statut
from projets.models import Bilan, Exercice, Projet, SeanceTroika

from . import nue
from .mesure import TOURS, Mesure, comparer

LISTE, FICHE, PUBLIQUE, PILOTAGE = 2.5, 3.0, 1.0, 5.0  # goals: times the bare page
RELUES = (
    "coordination", "coordination, recherche", "coordination, quartier", "coordination, tri par titre", "avis demandés", "troïka",
    "troïka, une séance ouverte", "troïka, une séance tenue", "bilans", "versements", "courriels", "journal",
)  # fmt: skip


@dataclass(frozen=True)
class PageMesuree:
    nom: str
    compte: str  # its address before the @; empty: nobody
    adresse: str
    objectif: float | None
    change: bool = False  # a project really changed, and is folded into the kept sums by the page
    a_froid: bool = False  # as if something had just happened: nothing that the process keeps serves


def client(compte: str) -> Client:
    from correspondants.models import Utilisateur

    ouvert = Client(SERVER_NAME="localhost")
    if compte:
        adresse = compte if "@" in compte else f"{compte}@example.org"
        ouvert.force_login(Utilisateur.objects.get(email=adresse), settings.AUTHENTICATION_BACKENDS[0])
    return ouvert


def client_nu() -> Client:
    """A client of the bare view: its handler has the bare middleware, whatever the settings say."""
    nu = client("coordination-en")
    complet, settings.MIDDLEWARE = settings.MIDDLEWARE, nue.MIDDLEWARE
    try:
        nu.handler.load_middleware()
    finally:
        settings.MIDDLEWARE = complet
    return nu


def pages() -> list[PageMesuree]:
    """What is measured, on the data that is there."""

    en = "coordination-en"
    riche = Projet.objects.filter(statut=Statut.CLOS, demandes_complements__isnull=False, avis_ien__isnull=False)
    fiche = riche.order_by("-pk").first() or Projet.objects.exclude(numero=None).order_by("-pk").first()
    instruit = Projet.objects.filter(statut=Statut.PRET).order_by("-pk").first() or fiche
    ouverte = SeanceTroika.objects.ouvertes().filter(points__isnull=False).order_by("-pk").first()
    tenue = SeanceTroika.objects.exclude(publiee_le=None).order_by("-pk").first()
    bilan = Bilan.objects.deposes().select_related("exercice__projet").order_by("-pk").first()
    annee = timezone.localdate().year - 1
    enjeu = fiche.objectif_principal.enjeu_id
    quartier = fiche.quartiers.first().pk
    parcours = fiche.parcours.first().pk
    deposes = Projet.objects.deposes().count()
    rares = Exercice.objects.filter(annee=annee).count()
    listes = [
        ("coordination", en, "/coordination/?tout=1"),
        ("coordination, page du milieu", en, f"/coordination/?tout=1&page={max(deposes // 100, 1)}"),
        ("coordination, dernière page", en, f"/coordination/?tout=1&page={max(-(-deposes // 50), 1)}"),
        ("coordination, recherche", en, "/coordination/?q=theatre+tilleuls"),
        ("coordination, recherche d’un numéro", en, f"/coordination/?q={fiche.numero}"),
        ("coordination, statut", en, "/coordination/?statut=pret"),
        ("coordination, les miens", en, "/coordination/?coordination=miens"),
        ("coordination, à faire", en, "/coordination/?a_faire=prets"),
        ("coordination, enjeu", en, f"/coordination/?enjeu={enjeu}"),
        ("coordination, quartier", en, f"/coordination/?quartier={quartier}"),
        ("coordination, parcours", en, f"/coordination/?parcours={parcours}"),
        ("coordination, année", en, f"/coordination/?annee={annee}"),
        ("coordination, montant", en, "/coordination/?montant_min=2000"),
        ("coordination, tri par titre", en, "/coordination/?tout=1&tri=titre"),
        ("coordination, tri par montant", en, "/coordination/?tout=1&tri=-demande"),
        ("avis demandés", "ien", "/avis/"),
        ("troïka", en, "/troika/"),
        ("troïka, une séance ouverte", "pilote-en", f"/troika/{ouverte.pk}/"),
        ("troïka, une séance tenue", en, f"/troika/{tenue.pk}/"),
        ("bilans", en, "/bilans/"),
        ("bilans, en retard", en, "/bilans/?etat=en_retard"),
        ("bilans, une année et une recherche", en, f"/bilans/?annee={annee}&q=theatre"),
        ("versements", en, "/pilotage/versements/"),
        ("suivi du porteur", fiche.porteur.email, "/suivi/"),
        ("agenda", en, "/mon-compte/agenda/"),
        ("agenda, pour qui donne des avis", "ien", "/mon-compte/agenda/"),
        ("recherche de tout le portail", en, "/recherche/?q=theatre"),
        ("courriels", en, "/courriels/"),
        ("journal", "admin", "/journal/"),
    ]
    fiches = [
        ("un projet clos", en, fiche.get_absolute_url()),
        ("un projet clos, pour son porteur", fiche.porteur.email, fiche.get_absolute_url()),
        ("un projet clos, pour un pilote", "pilote-en", fiche.get_absolute_url()),
        ("un projet clos, pour qui a donné son avis", "ien", _pour("ien", fiche).get_absolute_url()),
        ("un projet prêt", en, instruit.get_absolute_url()),
        ("un bilan", en, f"/projets/{bilan.exercice.projet.numero}/bilans/{bilan.exercice.annee}/"),
    ]
    pilotage = f"/pilotage/?annee={annee}"
    relues = [une for une in listes if une[0] in RELUES]
    return [
        *(PageMesuree(*une, LISTE) for une in listes),
        *(PageMesuree(*une, FICHE) for une in fiches),
        PageMesuree("accueil", "", "/", PUBLIQUE),
        PageMesuree("l’appel", "", "/appel/", PUBLIQUE),
        PageMesuree("déposer", "", "/deposer/", PUBLIQUE),
        PageMesuree(f"pilotage {annee} ({rares} budgets)", en, pilotage, PILOTAGE),
        *(PageMesuree(f"{nom}, relue", compte, adresse, LISTE, a_froid=True) for nom, compte, adresse in relues),
        PageMesuree("pilotage, relu", en, pilotage, PILOTAGE, a_froid=True),
        PageMesuree("pilotage, après un changement", en, pilotage, PILOTAGE, change=True),
        PageMesuree(
            "enveloppes, après un changement", en, f"/pilotage/enveloppes/?annee={annee}", PILOTAGE, change=True
        ),
        *(PageMesuree(f"{une[0]}, après un changement", une[1], une[2], FICHE, a_froid=True) for une in fiches[:4]),
    ]


def _pour(compte: str, sinon: Projet) -> Projet:
    """A closed project that this person may open."""
    from correspondants.models import Utilisateur

    visibles = Projet.objects.visibles_par(Utilisateur.objects.get(email=f"{compte}@example.org"))
    return visibles.filter(statut=Statut.CLOS).order_by("-pk").first() or visibles.order_by("-pk").first() or sinon


def ouvrir(qui: Client, adresse: str) -> Callable[[], None]:
    def requete() -> None:
        reponse = qui.get(adresse)
        assert reponse.status_code == 200, (adresse, reponse.status_code)
        b"".join(reponse) if reponse.streaming else reponse.content

    return requete


def relire(essai: Callable[[], None]) -> Callable[[], None]:
    def requete() -> None:
        caches["memoire"].clear()
        essai()

    return requete


def apres_un_changement(essai: Callable[[], None]) -> Callable[[], None]:
    """As if something had just happened: nothing kept under the mark (``fraicheur.retenir``) serves, the words of the call do."""
    memoire = caches["memoire"]

    def requete() -> None:
        for cle in [cle for cle in memoire._cache if ":retenu:" in cle]:
            memoire._cache.pop(cle, None)
            memoire._expire_info.pop(cle, None)
        essai()

    return requete


def changer(essai: Callable[[], None]) -> Callable[[], None]:
    """A granted project of the last year counts otherwise each time: the writing is measured with the page."""
    annee = timezone.localdate().year - 1
    pk = Exercice.objects.filter(annee=annee, projet__statut=Statut.CLOS).values_list("projet", flat=True).first()

    def requete() -> None:
        Projet.objects.filter(pk=pk).update(nombre_enfants=F("nombre_enfants") + 1)
        essai()

    return requete


# Times a page is opened before it is measured: a connection of PostgreSQL that has served keeps the plan of a prepared query after
# two askings and five plans.
SERVIE = 8


def _tours(page: PageMesuree) -> int:
    """The processor of a server is told to the hundredth of a second: on PostgreSQL three turns would say little."""
    return 3 if page.a_froid and page.objectif != FICHE and connection.vendor != "postgresql" else TOURS


def mesurer_les_pages(groupe: str, motif: str = "") -> list[Mesure]:
    """Each page against the bare one. ``motif``: only the pages whose name holds it."""
    temoin = ouvrir(client_nu(), "/nue/")
    clients: dict[str, Client] = {}
    mesures = []
    for une in pages():
        if motif not in une.nom:
            continue
        qui = clients.setdefault(une.compte, client(une.compte))
        essai = ouvrir(qui, une.adresse)
        if une.change:
            essai = apres_un_changement(changer(essai))
        elif une.a_froid:
            essai = apres_un_changement(essai) if une.objectif == FICHE else relire(essai)
        for _ in range(SERVIE if connection.vendor == "postgresql" else 1):
            essai()
        with CaptureQueriesContext(connection) as requetes:
            essai()
        mesures.append(
            comparer(
                une.nom,
                essai,
                "page nue",
                temoin,
                _tours(une),
                base=True,
                requetes=len(requetes),
                groupe=groupe,
                objectif=une.objectif,
            )
        )
    return mesures


def croissance(petites: list[Mesure], grandes: list[Mesure], groupe: str) -> list[Mesure]:
    """How many times its cost at the small size each page costs at the great one, the bare page being the measure."""
    par_nom = {mesure.nom.partition(" (")[0]: mesure for mesure in petites}
    return [
        Mesure(
            grande.nom.partition(" (")[0], grande.rapport, "au départ",
            par_nom[nom].rapport, "×", groupe=groupe, objectif=1.3,
        )
        for grande in grandes
        if (nom := grande.nom.partition(" (")[0]) in par_nom and grande.objectif not in (PILOTAGE, None)
    ]  # fmt: skip
