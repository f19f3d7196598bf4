"""The page of a structure, its people, and the read-only page of a colleague's project.

Every view starts from ``structures_visibles_par``; a project is found through the structure and its reader, never alone.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from correspondants.models import Structure, Utilisateur, cle_de_nom

from .. import membres, page_structure
from ..fiche import composer_pour_collegue
from ..forms.structure import InvitationForm
from ..membres import MembreImpossible
from ..models import Exercice, MembreStructure
from ..pagination import PaginateurCompte
from ..permissions import est_coordinateur, est_des_services, est_porteur
from ..suivi_financier import suivis
from .acces import attendre_a_la_porte

PAR_PAGE = 20


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Services: every structure that deposited a project; the others: theirs, at once when there is but one."""
    structures, q = membres.structures_visibles_par(request.user), request.GET.get("q", "").replace("\x00", "").strip()
    services = est_des_services(request.user)
    if services:
        for mot in cle_de_nom(q[:100]).split():
            structures = structures.filter(cle__contains=mot)
    page = Paginator(structures, PAR_PAGE).get_page(request.GET.get("page"))
    if not services and page.paginator.count == 1:
        return redirect("structure", page.object_list[0].pk)
    contexte = {"page_obj": page, "structures": page.object_list, "pour_services": services, "q": q[:100]}
    return render(request, "projets/structure/liste.html", contexte)


def _structure(request: HttpRequest, pk: int) -> Structure:
    """The structure if the person may see it. Raises Http404."""
    return get_object_or_404(membres.structures_visibles_par(request.user), pk=pk)


@require_safe
def structure(request: HttpRequest, pk: int) -> HttpResponse:
    trouvee = _structure(request, pk)
    lecture = page_structure.Lecture(trouvee, request.user, PAR_PAGE)
    composee = lecture.composer()
    page = PaginateurCompte(lecture.projets, PAR_PAGE, composee.nombre, lecture.premiers).get_page(
        request.GET.get("page")
    )
    for projet in page:
        projet.annees = composee.annees.get(projet.pk, ())
    contexte = {
        "structure": trouvee,
        "page": composee,
        "page_obj": page,
        "transmissibles": page_structure.transmissibles(page, request.user),
    }
    return render(request, "projets/structure/structure.html", contexte)


@require_safe
def projet(request: HttpRequest, pk: int, numero: str) -> HttpResponse:
    """A colleague's project, to read; one's own, and everything for the services, on the page of the project."""
    trouvee = _structure(request, pk)
    visibles = membres.projets_de_la_structure(trouvee, request.user).select_related("appel", "porteur", "structure")
    siens = Prefetch("exercices", suivis(Exercice.objects.all()))
    trouve = get_object_or_404(visibles.prefetch_related(siens), numero=numero)
    if est_porteur(request.user, trouve) or est_des_services(request.user):
        return redirect(trouve)
    contexte = {"structure": trouvee, "projet": trouve, "fiche": composer_pour_collegue(trouve, request.user)}
    return render(request, "projets/structure/projet.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def inviter(request: HttpRequest, pk: int) -> HttpResponse:
    trouvee = _structure(request, pk)
    if not membres.peut_gerer_membres(request.user, trouvee):
        raise PermissionDenied("Seul un membre de la structure, ou la coordination, invite une personne.")
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            membre = membres.inviter(trouvee, form.cleaned_data["courriel"], par=request.user)
        except MembreImpossible as refus:
            form.add_error("courriel", str(refus))
        else:
            messages.success(request, f"L’invitation est partie à {membre.courriel}.")
            return redirect("structure", trouvee.pk)
    contexte = {"structure": trouvee, "form": form}
    return render(request, "projets/structure/inviter.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def retirer(request: HttpRequest, pk: int, membre: int) -> HttpResponse:
    """Confirms, then takes out a member or an invitation."""
    trouvee = _structure(request, pk)
    if not membres.peut_gerer_membres(request.user, trouvee):
        raise PermissionDenied("Seul un membre de la structure, ou la coordination, retire un accès.")
    vise = get_object_or_404(MembreStructure, pk=membre, structure=trouvee, retire_le=None)
    if request.method == "POST":
        try:
            membres.retirer(vise, par=request.user)
            messages.success(request, f"L’accès de {vise.courriel} est retiré.")
        except MembreImpossible as refus:
            messages.info(request, str(refus))
        encore = membres.structures_visibles_par(request.user).filter(pk=pk).exists()
        return redirect("structure", pk) if encore else redirect("suivi")
    contexte = {"structure": trouvee, "membre": vise, "soi_meme": vise.utilisateur_id == request.user.pk}
    return render(request, "projets/structure/retirer.html", contexte)


@require_POST
def reconnaitre(request: HttpRequest, pk: int, porteur: int) -> HttpResponse:
    """The coordination says that a porteur is of the structure."""
    trouvee = _structure(request, pk)
    if not est_coordinateur(request.user):
        raise PermissionDenied("Reconnaître un porteur revient aux coordinations.")
    compte = get_object_or_404(Utilisateur, pk=porteur)
    try:
        membres.reconnaitre(trouvee, compte, par=request.user)
        messages.success(request, f"{compte} est reconnu comme membre de la structure.")
    except MembreImpossible as refus:
        messages.info(request, str(refus))
    return redirect("structure", trouvee.pk)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rejoindre(request: HttpRequest, jeton: str) -> HttpResponse:
    """The colleague's link. Opening it only shows; joining is a button."""
    invitation = membres.invitation_du_jeton(jeton)
    if invitation is None:
        return render(request, "projets/structure/invitation_fermee.html", status=410)
    connecte = request.user
    ailleurs = connecte.email if connecte.is_authenticated and connecte.email.lower() != invitation.courriel else ""
    refus = ""
    if request.method == "POST" and not ailleurs:
        try:
            membres.accepter(invitation)
        except MembreImpossible as raison:
            refus = str(raison)
        else:
            suite = "." if request.user.is_authenticated else ". Demandez un code par courriel pour entrer."
            messages.success(request, f"Vous êtes membre de {invitation.structure}{suite}")
            attendre_a_la_porte(request, invitation.courriel)
            return redirect("structure", invitation.structure_id)
    contexte = {"invitation": invitation, "structure": invitation.structure, "autre_compte": ailleurs, "refus": refus}
    return render(request, "projets/structure/rejoindre.html", contexte, status=409 if refus else 200)
