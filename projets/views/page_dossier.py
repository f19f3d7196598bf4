"""The form of a file as one page, on a draft or on a project that came back: shown, saved, said what is wrong."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from .. import bilans_manquants, complements, reception
from ..constats import Constat
from ..dossier import differences, question
from ..enums import Statut
from ..etapes import est_sans_reponse
from ..forms.dossier import FormulaireDossier, ranger
from ..forms.passages import PassagesForm, geste_de
from ..fusion import empreintes, fusionner
from ..models import Modification, ModificationConcurrente, Projet
from ..permissions import STATUTS_MODIFIABLES
from ..presentation import Reponse, reponse
from ..questionnaire import Question
from ..workflow import ActionImpossible, ActionInterdite
from .acces import adresse_du_dossier, auteur_de, garder_collage, preuve, saisie_gardee

OUTILS = ("coller", "repartir")  # of the budget: the form is saved, then the tool opens
ESSAIS = 6  # savings tried again on top of somebody else's before the page says so
Suite = Callable[[], HttpResponse]


@dataclass(frozen=True)
class Conflit:
    """A question that two people answered differently: the answer that is saved, and who saved it, when it is known."""

    question: Question
    autre: Reponse
    modification: Modification | None


class PageDossier:
    """One showing of the form of a file: reads what was posted, saves it, says what is wrong.

    Everything that can be read is saved, whatever the rules say; what cannot be read, or cannot be saved because somebody
    else saved meanwhile, is shown again as it was typed. A passage is put away (``geste``) once the rest is saved.
    ``questions`` are those of one page of the guided path (None: all of them).
    """

    def __init__(
        self,
        request: HttpRequest,
        projet: Projet,
        rouverts: dict[str, str] | None = None,
        questions: Collection[str] | None = None,
    ) -> None:
        self.request, self.projet, self.rouverts, self.questions = request, projet, rouverts, questions
        self.reponses = {nom: champ.reponse for nom, champ in complements.ouverts(projet).items()}
        self.referentiel = projet.appel.referentiel()
        self.data = request.POST if request.method == "POST" else saisie_gardee(request, projet)
        self.retrouvee = request.method != "POST" and self.data is not None
        self.formulaire = self._formulaire(self.data)
        self.geste = None if self.est_automatique else geste_de(request.POST)
        self.passages: PassagesForm | None = None
        self.conflits: list[str] = []
        self.statut, self.montrer = 200, True

    def _formulaire(self, data: QueryDict | None) -> FormulaireDossier:
        return FormulaireDossier(
            self.projet.contenu,
            self.referentiel,
            data,
            modifiables=self.rouverts if self.questions is None else self.questions,
            motifs=self.rouverts,
            reponses=self.reponses,
        )

    def enregistrer(self) -> bool:
        """Saves; False when the page has to be shown again. Something that could not be read is said, the rest saved."""
        for essai in range(ESSAIS):
            try:
                self._fusionner()
                break
            except ModificationConcurrente:
                porteur = self.projet.porteur_id
                self.projet.refresh_from_db()
                # Handed over meanwhile: the right is to be asked for again.
                if self.projet.porteur_id not in (porteur, self.request.user.pk):
                    phrase = "Ce dossier vient de changer de porteur : rien n’a été enregistré."
                    raise PermissionDenied(phrase) from None
                self.formulaire = self._formulaire(self.data)
                if not self._vu() or self.projet.statut not in STATUTS_MODIFIABLES or essai == ESSAIS - 1:
                    differentes = differences(self.projet.contenu, self.formulaire.dossier)
                    self.conflits = [une.identifiant for une, _, _ in differentes]
                    break
        if self.conflits:
            self.statut = 409
            return False
        fait = not self.formulaire.erreurs and (self.geste is None or self._ranger())
        self.statut = 200 if fait else 422
        return fait

    def _fusionner(self) -> None:
        """Saves what was typed on top of what is saved now; without fingerprints, only if nobody saved meanwhile.

        Raises ModificationConcurrente.
        """
        projet, vu, version = self.projet, self._vu(), self.request.POST.get("version", "")
        saisi = self.formulaire.dossier
        if vu:
            actuel = ranger(projet.contenu, self.referentiel)
            autres = [nom for nom in self.noms if self.request.POST.get(f"choix-{nom}") == "autre"]
            choisi = saisi.remplacer(**{nom: getattr(actuel, nom) for nom in autres})
            fusion = fusionner(vu, choisi, actuel, self.noms)
            saisi, self.conflits = ranger(fusion.dossier, self.referentiel), list(fusion.conflits)
            version = str(projet.version)
        reception.enregistrer_saisie(
            projet,
            saisi,
            int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else -1,
            relu="relu" in self.request.POST and not self.geste and not self.est_automatique,
            reponses=self.formulaire.reponses.textes,
            auteur=auteur_de(self.request),
        )

    @property
    def noms(self) -> list[str]:
        """The questions that may be answered on this page."""
        return [*self.formulaire.form.fields, *self.formulaire.tableaux]

    def _vu(self) -> dict[str, str]:
        """The fingerprints of the answers that the page had shown; none from a page of former times."""
        try:
            vu = json.loads(self.data.get("vu", "")) if self.data is not None else {}
        except (ValueError, RecursionError):  # forged: brackets in brackets, without end
            return {}
        return {nom: str(empreinte) for nom, empreinte in vu.items()} if isinstance(vu, dict) else {}

    def montre(self) -> str:
        """The fingerprints of what the page shows now, for its next saving.

        What was typed counts as shown, but for conflicts: there, the saved answer is shown beside (by the script, it is not).
        """
        actuel = ranger(self.projet.contenu, self.referentiel)
        if self.data is None:
            return json.dumps(empreintes(actuel, self.noms))
        ancien, autre = self._vu(), empreintes(actuel, self.noms)
        if self.retrouvee and ancien:
            return json.dumps(ancien)
        montrees = empreintes(
            ranger(self.formulaire.dossier, self.referentiel), [nom for nom in self.noms if nom not in self.conflits]
        )
        source = ancien if self.est_automatique else autre
        return json.dumps(montrees | {cle: v for cle, v in source.items() if cle.partition("/")[0] in self.conflits})

    def _ranger(self) -> bool:
        """Puts away the passage that was clicked; the page then starts again from what is saved."""
        self.passages = PassagesForm(self.projet, self.referentiel, self.rouverts, self.data)
        fait = self.passages.executer(self.geste, auteur_de(self.request))
        self.formulaire = self._formulaire(None)
        return fait

    @property
    def est_automatique(self) -> bool:
        """Whether the script of the page saves by itself while somebody types."""
        return self.request.method == "POST" and self.request.headers.get("X-Enregistrement") == "automatique"

    def enregistrer_en_silence(self) -> JsonResponse:
        """Saves for the script of the page: what it says, what it now shows, what the rules say of each answer."""
        self.enregistrer()
        if self.conflits and (not self._vu() or self.projet.statut not in STATUTS_MODIFIABLES):
            return JsonResponse({"message": str(ModificationConcurrente())}, status=409)
        self.formulaire.poser(self._constats(tous=True))
        constats: dict[str, list[dict[str, str]]] = {}
        for constat, ancre in self.formulaire.constats:
            if constat.champ.split(".")[0] in self.noms:
                constats.setdefault(ancre, []).append({"gravite": constat.gravite, "message": constat.message})
        suite = {
            "version": self.projet.version,
            "vu": self.montre(),
            "message": f"Enregistré à {timezone.localtime():%-H h %M}",
            "constats": constats,
            "illisibles": [{"ancre": ancre, "message": phrase} for ancre, phrase in self.formulaire.illisibles],
            "conflits": [question(nom).libelle for nom in self.conflits],
            "presence": presence.phrase if (presence := self.presence()) else "",
        }
        return JsonResponse(suite)

    def presence(self) -> Modification | None:
        """The last change of somebody else to the answers of this page."""
        autres = self.projet.modifications.d_un_autre(auteur_de(self.request).cle)
        return autres.filter(champ__in=self.noms).first()

    @property
    def conflit(self) -> list[Conflit]:
        """Both answers to each question that two people changed: the saved one, and whose it is."""
        auteurs = {une.champ: une for une in self.projet.modifications.filter(champ__in=self.conflits)}
        dossier = self.projet.contenu
        return [
            Conflit(question(nom), reponse(dossier, question(nom), self.referentiel), auteurs.get(nom))
            for nom in self.conflits
        ]

    @property
    def bloquants(self) -> int:
        dossier = self.projet.contenu
        return sum(c.est_bloquant for c in reception.constats(self.projet, dossier, self.referentiel))

    def suite(self, deposer: Suite) -> HttpResponse:
        """After saving: on to the deposit when it was asked and nothing blocks, else the same page, up to date."""
        if self.geste is not None:
            messages.success(self.request, self.passages.fait(self.geste))
            return redirect(f"{self.request.path}#{self.geste.ancre}")
        if outil := self.suite_d_un_outil():
            return outil
        if "deposer" in self.request.POST:
            if not self.bloquants:
                return deposer()
            messages.error(
                self.request, "Tout est enregistré, mais le dossier ne peut pas encore être déposé : voyez ci-dessous."
            )
        else:
            messages.success(self.request, "Tout est enregistré.")
        return redirect(self.request.path)

    def suite_d_un_outil(self) -> HttpResponse | None:
        """On to the tool of the budget that was asked for, if one was; it comes back to this page."""
        if self.request.POST.get("outil") not in OUTILS:
            return None
        garder_collage(self.request, self.projet)
        outil = self.request.POST["outil"]
        return redirect(adresse_du_dossier(self.projet, outil, tout=self.questions is None))

    def _constats(self, *, tous: bool = False) -> list[Constat]:
        """What the rules say of what is shown; on a page of the path, of what was answered there and nothing else.

        ``tous``: of what was not answered either, for the script, which knows where the person has been.
        """
        dossier = self.formulaire.dossier
        constats = reception.constats(self.projet, dossier, self.referentiel) if self.montrer else []
        if self.questions is None:
            return constats
        siens = [constat for constat in constats if constat.champ.split(".")[0] in self.questions]
        return [constat for constat in siens if tous or not est_sans_reponse(dossier, constat)]

    def contexte(self) -> dict[str, object]:
        formulaire, projet = self.formulaire, self.projet
        passages = self.passages or PassagesForm(projet, self.referentiel, self.rouverts, self.data)
        if self.geste and formulaire.erreurs:
            passages.attendre(self.geste)
        formulaire.poser(self._constats())
        return {
            "projet": projet,
            "formulaire": formulaire,
            "montrer": self.montrer,
            "erreurs": [{"ancre": ancre, "message": phrase} for ancre, phrase in formulaire.erreurs] + passages.erreurs,
            "conflit": self.conflit,
            "vu": self.montre(),
            "liee": self.data is not None,
            "presence": self.presence(),
            "retrouvee": self.retrouvee,
            "preuve": preuve(projet),
            "adresse_coller": adresse_du_dossier(projet, "coller"),
            "bilans_manquants": bilans_manquants.du_dossier(self.request.user, formulaire.dossier, projet),
            "passages": passages,
            "remarques": bool(projet.lecture.get("anomalies") or projet.lecture.get("non_reconnu")),
        }


def deposer_maintenant(request: HttpRequest, projet: Projet, refuse: Suite) -> HttpResponse:
    """Deposits and shows the number; a deposit already made by another click shows it too."""
    try:
        reception.deposer(projet, request.user)
    except ActionInterdite as refus:
        raise PermissionDenied(str(refus)) from refus
    except (ActionImpossible, ModificationConcurrente) as refus:
        projet.refresh_from_db()
        if projet.statut != Statut.DEPOSE:
            messages.error(request, str(refus))
            return refuse()
    return redirect("depot_confirme", projet.numero)
