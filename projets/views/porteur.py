"""The porteur's pages: depositing a file, checking it, confirming an address, following it, correcting it."""

from collections.abc import Callable

from allauth.account.views import RequestLoginCodeView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from correspondants import adresses

from .. import bilans_manquants, membres, reception, suivi_porteur
from ..chronologie import prochaine_seance
from ..dossier import Dossier, question
from ..enregistrement import enregistrer
from ..enums import Statut
from ..forms.porteur import CourrielForm, FichierForm
from ..fraicheur import marque
from ..gardes import phrase_depots_clos
from ..interlocuteurs import interlocuteurs
from ..models import Appel, DemandeComplements, ModificationConcurrente, Projet, avec_non_lus
from ..permissions import est_porteur, peut_modifier
from ..temps_scolaire import DELAI_AVIS
from ..versions import changements
from ..word.refus import FichierRefuse
from .acces import (
    avec_brouillon,
    brouillons_a_reprendre,
    brouillons_de_la_session,
    connexion,
    envois_comptes,
    retenir,
)
from .depot import ETAPES
from .fragments import fragment
from .page_dossier import PageDossier, deposer_maintenant
from .projet import trouver
from .verification import pas_encore, routage

PAR_PAGE = 10

lecture_ou_envoi = require_http_methods(["GET", "HEAD", "POST"])


# --- two doors ------------------------------------------------------------------------------------------------------


@login_not_required
@lecture_ou_envoi
@envois_comptes
def deposer(request: HttpRequest) -> HttpResponse:
    form = FichierForm(request.POST, request.FILES) if request.method == "POST" else FichierForm()
    appel = Appel.objects.courant()
    if request.method == "POST" and form.is_valid():
        fichier = form.cleaned_data["fichier"]
        par = request.user if request.user.is_authenticated else None
        try:
            projet = reception.recevoir(appel, fichier.name, fichier.read(), par)
        except FichierRefuse as refus:
            form.add_error("fichier", refus.message)
        else:
            retenir(request, projet)
            if not reception.est_etranger(projet):  # the page says itself that it is no form
                messages.success(request, "Votre fichier est lu. Vérifiez ce que nous avons compris.")
            return redirect("deposer_verification", projet.jeton)
    contexte = {
        "form": form,
        "etapes": ETAPES,
        "brouillons": brouillons_a_reprendre(request),
        "clos": phrase_depots_clos(appel),
        "bilans_manquants": bilans_manquants.de_la_personne(request.user),
    }
    return render(request, "projets/porteur/deposer.html", contexte, status=422 if form.errors else 200)


@login_not_required
@lecture_ou_envoi
@envois_comptes
def commencer_en_ligne(request: HttpRequest) -> HttpResponse:
    """An empty draft; made by POST only, so that no robot fills the base by following a link."""
    if request.method != "POST":
        return redirect("deposer")
    projet = Projet(appel=Appel.objects.courant(), porteur=request.user if request.user.is_authenticated else None)
    courriel = request.user.email if request.user.is_authenticated else ""
    enregistrer(projet, Dossier(porteur_courriel=courriel))
    retenir(request, projet)
    return redirect("deposer_verification", projet.jeton)


# --- address, deposit, confirmation -------------------------------------------------------------------------------------


class ConfirmerCourriel(RequestLoginCodeView):
    """Sends a code to the porteur's address; django-allauth checks it, limits attempts, and comes back to the deposit."""

    template_name = "projets/porteur/courriel.html"
    projet: Projet
    suite = "deposer_finaliser"

    def get_form_class(self) -> type[CourrielForm]:
        return CourrielForm

    def get_initial(self) -> dict[str, str]:
        return {"email": self.projet.contenu.porteur_courriel}

    def form_valid(self, form: CourrielForm) -> HttpResponse:
        form.ouvrir_compte()
        return super().form_valid(form)

    def get_default_success_url(self) -> str:
        return reverse(self.suite, args=[self.projet.jeton])

    def get_success_url(self) -> str:
        suite = self.get_default_success_url()
        return f"{reverse('account_confirm_login_code')}?next={suite}"

    def get_context_data(self, **contexte: object) -> dict[str, object]:
        return super().get_context_data(**contexte) | {"projet": self.projet, "etapes": ETAPES, "suite": self.suite}


@avec_brouillon
@lecture_ou_envoi
def confirmer_courriel(request: HttpRequest, projet: Projet) -> HttpResponse:
    """Before the deposit, or (« ?suite=a-plusieurs ») before inviting a colleague, which needs no complete file."""
    suite = "deposer_a_plusieurs" if request.GET.get("suite") == "a-plusieurs" else "deposer_finaliser"
    if suite == "deposer_finaliser" and (refus := pas_encore(request, projet)):
        return refus
    if request.user.is_authenticated:
        if adresses.est_confirmee(request.user):
            return redirect(suite, projet.jeton)
        return render(request, "projets/porteur/courriel_compte.html", {"projet": projet, "etapes": ETAPES})
    vue = ConfirmerCourriel()
    vue.setup(request)
    vue.projet, vue.suite = projet, suite
    # Not ``dispatch``: with a code on its way it would only show the page of the code, and a mistyped address could
    # not be corrected.
    return vue.post(request) if request.method == "POST" else vue.get(request)


@require_safe
def depot_confirme(request: HttpRequest, numero: str) -> HttpResponse:
    projet = trouver(request, numero)
    if not est_porteur(request.user, projet):
        return redirect(projet)
    contexte = {
        "projet": projet,
        "piece": projet.piece_dossier,
        "routage": routage(projet),
        "personnes": interlocuteurs(projet),
        "scolaire": projet.temps_scolaire,
        "depots": projet.depots.count(),
        "seance": prochaine_seance(projet),
        "delai_avis": DELAI_AVIS.days,
    }
    return render(request, "projets/porteur/depose.html", contexte)


# --- following and correcting -----------------------------------------------------------------------------------------------


@require_safe
def suivi(request: HttpRequest) -> HttpResponse:
    """The projects of one person: where each stands, what is expected."""
    siens = Projet.objects.visibles_par(request.user).filter(porteur=request.user)
    siens = siens.exclude(statut=Statut.RETIRE, numero=None).order_by(
        models.F("depose_le").desc(nulls_first=True), "-pk"
    )
    # A draft changes without a trace: its title and its day are to be those of now.
    etat = siens.order_by().aggregate(
        nombre=models.Count("pk"), le=models.Max("modifie_le"), versions=models.Sum("version")
    )

    def liste() -> dict[str, object]:
        lus = avec_non_lus(suivi_porteur.avec_le_necessaire(siens), request.user)
        page = Paginator(lus, PAR_PAGE).get_page(request.GET.get("page"))
        return {"page_obj": page, "projets": [suivi_porteur.situer(projet) for projet in page]}

    quoi = f"suivi:{sorted(etat.items())}:{timezone.localdate()}"
    contexte = {
        "liste": fragment(request, marque(request.user), quoi, "projets/porteur/_suivi.html", liste),
        "a_une_structure": membres.structures_de(request.user).exists(),
        "brouillons": brouillons_de_la_session(request),
        "partages": Projet.objects.brouillons_de(request.user).exclude(porteur=request.user).select_related("porteur"),
    }
    return render(request, "projets/porteur/suivi.html", contexte)


def avec_projet_a_corriger(vue: Callable[[HttpRequest, Projet], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorator: the project of a number, when its content is the porteur's to change now."""

    @login_not_required
    def vue_du_projet(request: HttpRequest, numero: str) -> HttpResponse:
        if not request.user.is_authenticated:
            return connexion(request, Projet.objects.filter(numero=numero).first())
        projet = trouver(request, numero)
        if not est_porteur(request.user, projet):
            raise PermissionDenied("Seul le porteur modifie son dossier.")
        if not peut_modifier(request.user, projet):
            messages.info(request, "Ce dossier ne se modifie pas en ce moment : il est en cours d’examen.")
            return redirect("depot_confirme" if projet.statut == Statut.DEPOSE else "projet", projet.numero)
        return vue(request, projet)

    return vue_du_projet


@avec_projet_a_corriger
@lecture_ou_envoi
def modifier(request: HttpRequest, projet: Projet) -> HttpResponse:
    """The same form; when complements were asked, only those questions are open."""
    rouverts = reception.champs_rouverts(projet)
    page = PageDossier(request, projet, rouverts)
    if page.est_automatique:
        return page.enregistrer_en_silence()
    if request.method == "POST" and page.enregistrer():
        return page.suite(lambda: deposer_maintenant(request, projet, lambda: redirect(request.path)))
    contexte = page.contexte() | {"rouverts": rouverts, "demandes": _demandes(projet)}
    return render(request, "projets/porteur/modifier.html", contexte, status=page.statut)


def _demandes(projet: Projet) -> models.QuerySet[DemandeComplements]:
    return projet.demandes_complements.filter(close_le=None).prefetch_related("champs").order_by("pk")


@avec_projet_a_corriger
@lecture_ou_envoi
@envois_comptes
def redeposer(request: HttpRequest, projet: Projet) -> HttpResponse:
    """A corrected Word file on the same project: what changed is shown, then deposited."""
    if request.method == "POST" and "deposer" in request.POST:
        return deposer_maintenant(request, projet, lambda: redirect("projet_modifier", projet.numero))
    form = FichierForm(request.POST, request.FILES) if request.method == "POST" else FichierForm()
    if request.method == "POST" and form.is_valid():
        fichier = form.cleaned_data["fichier"]
        try:
            reception.recevoir_correction(projet, fichier.name, fichier.read(), request.user)
        except (FichierRefuse, ModificationConcurrente) as refus:
            form.add_error("fichier", str(refus))
        else:
            messages.success(request, "Votre fichier est lu : voici ce qui change.")
            return redirect(request.path)
    referentiel, dernier = projet.appel.referentiel(), projet.depots.order_by("-rang").first()
    dossier = projet.contenu
    constats = reception.constats(projet, dossier, referentiel)
    contexte = {
        "projet": projet,
        "form": form,
        "demandes": _demandes(projet),
        "rouverts": reception.champs_rouverts(projet),
        "changements": changements(Dossier.depuis_json(dernier.donnees), dossier, referentiel) if dernier else (),
        "nouveau_fichier": not projet.depots.filter(piece=projet.piece_dossier).exists(),
        "ignores": [question(champ).libelle for champ in projet.lecture.get("ignores", ())],
        "bloquants": [constat for constat in constats if constat.est_bloquant],
        "non_reconnu": projet.lecture.get("non_reconnu", []),
    }
    return render(request, "projets/porteur/redeposer.html", contexte, status=422 if form.errors else 200)
