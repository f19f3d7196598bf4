"""The page of one project, for every audience, and the one view that serves every action of the workflow."""

from dataclasses import dataclass
from functools import lru_cache

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from cite_educative.preparees import Objets
from correspondants.enums import AUTORITES
from correspondants.models import Utilisateur

from .. import membres
from ..boutons import Lecteur, lecteur_de, page_dediee
from ..enums import Action
from ..fiche import SectionFiche, composer
from ..forms.coordination import ActionForm, formulaire_de
from ..forms.messages import MessageForm
from ..fraicheur import marque, retenir
from ..messagerie import Fil, marquer_lus
from ..models import Exercice, ModificationConcurrente, Projet
from ..suivi_financier import suivis
from ..workflow import TRANSITIONS, ActionImpossible, ActionInterdite, executer, obstacles
from .acces import message_garde, preuve_message
from .coordination import adresse_de_la_liste
from .fragments import JETON, deplier, plier

FAITES = {
    Action.DEPOSER: "Votre dossier est déposé.",
    Action.DEMANDER_COMPLEMENTS: "Les compléments sont demandés : le porteur est prévenu.",
    Action.DECLARER_COMPLET: "Le dossier est déclaré complet.",
    Action.INSCRIRE: "Le projet est inscrit à l’ordre du jour.",
    Action.DESINSCRIRE: "Le projet est retiré de l’ordre du jour.",
    Action.RETIRER: "Votre projet est retiré.",
    Action.CLORE: "Le projet est clos.",
}


def trouver(request: HttpRequest, numero: str) -> Projet:
    """The project of a number if the person may see it. Raises Http404."""
    trouve = chercher(request.user, numero)
    if trouve is None:
        raise Http404
    exercices = trouve.exercices.get_queryset()  # as ``prefetch_related`` would give them
    exercices._result_cache, exercices._prefetch_done = _EXERCICES.lire(trouve.pk, projet=trouve), True
    trouve._prefetched_objects_cache = {"exercices": exercices}
    return trouve


_EXERCICES = Objets(lambda projet: suivis(Exercice.objects.filter(projet=projet)), 1)


def chercher(lecteur: Utilisateur, numero: str) -> Projet | None:
    """The project of a number if the person may see it, with its call, its porteur and its structure."""
    if not lecteur.is_authenticated or AUTORITES & lecteur.roles:  # theirs are found by more than their account
        trouves = _avec_ses_gens(Projet.objects.visibles_par(lecteur).filter(numero=numero))
        return trouves.first()
    return next(iter(_visible(frozenset(lecteur.roles)).lire(lecteur.pk, numero)), None)


@lru_cache(maxsize=64)
def _visible(roles: frozenset[str]) -> Objets:
    """The project of a number, for those who hold these roles."""

    def vu(compte: int, numero: str) -> QuerySet[Projet]:
        visibles = Projet.objects.visibles_par(Utilisateur.doublure(compte, None, roles))
        return _avec_ses_gens(visibles.filter(numero=numero)).order_by()

    return Objets(vu, 1, "")


def _avec_ses_gens(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    return projets.select_related("appel", "porteur", "structure")


@require_safe
def projet(request: HttpRequest, numero: str) -> HttpResponse:
    try:
        trouve = trouver(request, numero)
    except Http404:  # the address that a colleague passed on: the same project, to read
        sien = membres.projet_d_un_collegue(numero, request.user)
        if sien is None:
            raise
        return redirect("structure_projet", sien.structure_id, sien.numero)
    return montrer(request, trouve)


@dataclass(frozen=True)
class Echange:
    """One thread as the page draws it; ``form`` is None for who only reads."""

    fil: Fil
    form: MessageForm | None


def montrer(request: HttpRequest, projet: Projet, refuse: MessageForm | None = None, statut: int = 200) -> HttpResponse:
    """The page of a project; ``refuse`` is the form of a message that was not written, with what was typed."""
    lue = _lire(request, projet)
    preuve = preuve_message(projet, request.user)
    echanges = []
    for fil in lue.fils:
        form = None
        if fil.peut_ecrire:
            est_refuse = refuse is not None and refuse.data.get("fil") == fil.code
            garde = message_garde(request, projet, fil.code)
            form = refuse if est_refuse else MessageForm(fil=fil.code, preuve=preuve, texte=garde)
        echanges.append(Echange(fil, form))
    if request.method == "GET":
        marquer_lus(projet, request.user, lue.fils)
    contexte = {"projet": projet, "lecteur": lue.lecteur, "echanges": echanges, "refuse": refuse}
    messages_ = render_to_string("projets/projet/_messages.html", contexte, request) if echanges else ""
    contexte |= {
        "titre": lue.titre,
        "adresse_liste": lue.adresse_liste,
        "corps": lue.avec(messages_, get_token(request)),
    }
    return render(request, "projets/projet/projet.html", contexte, status=statut)


@dataclass(frozen=True)
class PageLue:
    """The page of a project as one person reads it, kept until something happens; its messages are drawn each time."""

    lecteur: Lecteur
    titre: str
    fils: tuple[Fil, ...]
    adresse_liste: str
    plie: bytes

    def avec(self, messages_: str, jeton: str) -> SafeString:
        return mark_safe(deplier(self.plie).replace(ICI, messages_).replace(JETON, jeton))


ICI = f"<!-- {JETON[::-1]} -->"  # where the messages go


@dataclass(frozen=True)
class PartieDossier:
    """What the file itself shows: most of the page, that no message, opinion nor payment changes."""

    numero: str
    telechargements: bool
    relit_complements: bool
    sections: tuple[SectionFiche, ...]


def _dessiner_dossier(partie: PartieDossier) -> SafeString:
    return mark_safe(deplier(_dossier_plie(partie)))


@lru_cache(maxsize=50)
def _dossier_plie(partie: PartieDossier) -> bytes:
    return plier(render_to_string("projets/projet/_dossier.html", {"fiche": partie, "projet": partie}))


def _lire(request: HttpRequest, projet: Projet) -> PageLue:
    """Composed and drawn, or what was under the same mark, for this person, with the same rights on the same project."""
    acteur, liste = request.user, ""
    lecteur = lecteur_de(acteur, projet)
    if lecteur is Lecteur.SERVICES:
        liste = adresse_de_la_liste(request)
    droits = acteur.pk, lecteur, sorted(acteur.roles), sorted(map(str, acteur.lignes))
    etat = projet.pk, projet.version, projet.statut, projet.coordination, projet.porteur_id, projet.structure_id

    def dessiner() -> PageLue:
        fiche = composer(projet, acteur)
        contexte = {"projet": projet, "fiche": fiche, "adresse_liste": liste, "csrf_token": JETON}
        contexte["dossier"] = _dessiner_dossier(
            PartieDossier(projet.numero, fiche.telechargements, fiche.relit_complements, fiche.sections)
        )
        contexte["messages_ici"] = mark_safe(ICI) if fiche.fils else ""
        html = render_to_string("projets/projet/_corps.html", contexte)
        return PageLue(lecteur, fiche.titre, fiche.fils, liste, plier(html))

    return retenir(marque(acteur), f"projet:{etat}:{droits}:{liste}", dessiner)


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, numero: str, action: str) -> HttpResponse:
    """GET confirms or explains; POST carries out. What was typed is kept whenever it is refused."""
    trouve = trouver(request, numero)
    if action not in Action:
        raise Http404
    action = Action(action)
    if _deja_faite(request, trouve, action):
        messages.info(request, "C’est déjà fait.")
        return redirect(trouve)
    if not TRANSITIONS[action].acteur(request.user, trouve):
        raise PermissionDenied(f"« {action.label} » revient à {TRANSITIONS[action].qui}.")
    if request.method != "POST" and (ailleurs := page_dediee(trouve, action, request.user)):
        return redirect(ailleurs)
    form = formulaire_de(action)(
        request.POST or None, projet=trouve, action=action, par=request.user, champs=request.GET.getlist("champ")
    )
    refus = obstacles(trouve, action, request.user)
    if request.method == "POST" and not refus and form.is_valid():
        refus = _executer(trouve, form, request)
        if not refus:
            messages.success(request, FAITES.get(action, "C’est fait."))
            return redirect(trouve)
    contexte = {"projet": trouve, "form": form, "obstacles": () if form.is_bound else refus, "refus": refus}
    statut = 409 if form.is_bound and refus else 200
    return render(request, "projets/projet/action.html", contexte, status=statut)


def _executer(projet: Projet, form: ActionForm, request: HttpRequest) -> tuple[str, ...]:
    """Carries out an action; the sentences that refuse it, none when it was done. Raises PermissionDenied."""
    if form.est_perimee:
        return (str(ModificationConcurrente()),)
    try:
        executer(projet, form.action, par=request.user, motif=form.motif, **form.donnees())
    except ActionInterdite as refus:
        raise PermissionDenied(str(refus)) from refus
    except ActionImpossible as refus:
        return refus.obstacles
    except ModificationConcurrente as refus:
        return (str(refus),)
    return ()


def _deja_faite(request: HttpRequest, projet: Projet, action: Action) -> bool:
    """Whether the same person just did it: the second click of a double click finds it done, not refused."""
    if request.method != "POST" or projet.statut in TRANSITIONS[action].depuis:
        return False
    dernier = projet.passages.order_by("-pk").first()
    return dernier is not None and dernier.action == action and dernier.par_id == request.user.pk
