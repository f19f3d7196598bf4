"""The whole instruction played at random by everybody, beside a model that knows what each gesture must do.

Several projects, meetings, envelopes, opinions by account and by link, decisions, publication, money paid, bilans, withdrawals,
hand-overs, closings, and months that go by. Most gestures lead somewhere (``mener``, ``tenir_une_seance``), so that stories go to
the end; the others are tried by who may not, too early, too late, or on what is no longer true. After each step, what the
model says is compared with what the portal wrote, said by mail, shows on its pages and lets people do.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import time_machine
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur
from projets import mouvements
from projets.enums import Action, Financeur, SensAvis, SensDecision, Statut, Voix
from projets.models import (
    AvisIEN,
    AvisTroika,
    Courriel,
    Decision,
    GenreMouvement,
    MontantAccorde,
    Passage,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from projets.permissions import LienAvis
from projets.workflow import executer, publier_seance

from .. import fabriques
from ..fabriques import de_role
from .modele import (
    DEPART,
    DEPUIS,
    DOTATION,
    FAITS,
    FINIS,
    PROJETS,
    QUI,
    REFUS,
    VILLE,
    A,
    Cle,
    Connu,
    S,
    dossier_de,
    joignables,
)  # fmt: skip


class Instruction(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.bloc = transaction.atomic()
        self.bloc.__enter__()
        self.horloge: Any = None
        self.voyager(0, DEPART)
        self.connus: list[Connu] = []
        self.clients: dict[int, Client] = {}
        self.seances: list[int] = []
        self.mots, self.pas, self.attentes = count(1), 0, 0
        self.touche: Connu | None = None
        self.appel = fabriques.charger_appel()
        self.dotations: dict[Cle, Decimal] = {
            (annee, financeur): DOTATION for annee in (2026, 2027) for financeur in (Financeur.ETAT, Financeur.VILLE)
        }
        self.comptes = {role: de_role(role) for role in Role} | {
            "inconnu": fabriques.utilisateur("inconnu@example.org")
        }
        self.roles = {self.comptes[role].pk: role for role in Role}

    def teardown(self) -> None:
        self.horloge.stop()
        transaction.set_rollback(True)
        self.bloc.__exit__(None, None, None)
        for cache in caches.all(initialized_only=True):  # the rows they speak of are gone, and their numbers come again
            cache.clear()

    def voyager(self, jours: int, depuis: datetime | None = None) -> None:
        """Some days later, at the same hour."""
        jour = depuis or timezone.now() + timedelta(days=jours)
        if self.horloge:
            self.horloge.stop()
        self.horloge = time_machine.travel(jour, tick=False)  # a story never depends on the speed of the machine
        self.temps = self.horloge.start()

    def passer_un_instant(self) -> None:
        """A thousandth of a second: two gestures are never at the same moment, and may well be in the same second."""
        self.temps.shift(timedelta(milliseconds=1))

    # --- people ---

    def personne(self, qui: str, projet: Projet) -> Utilisateur:
        return projet.porteur if qui == "porteur" else self.comptes[qui]

    def permis(self, action: Action, qui: Utilisateur, projet: Projet) -> bool:
        """Who may, by the table of the design: nobody judges one's own project."""
        role, sien = self.roles.get(qui.pk), qui.pk == projet.porteur_id
        if action in (A.DEPOSER, A.RETIRER) or sien:
            return sien and action in (A.DEPOSER, A.RETIRER)
        if action in (A.DEMANDER_COMPLEMENTS, A.DECLARER_COMPLET, A.CLORE):
            return role == projet.coordination
        if action in (A.RENDRE_AVIS, A.CORRIGER_AVIS):
            rendu = action is A.CORRIGER_AVIS
            return projet.avis_ien.filter(remplace=False, autorite=role, rendu_le__isnull=not rendu).exists()
        return role in COORDINATEURS

    def celui_qui_peut(self, action: Action, projet: Projet) -> Utilisateur:
        return next(p for qui in QUI if self.permis(action, p := self.personne(qui, projet), projet))

    def mot(self, projet: Connu, *, publiable: bool = False) -> str:
        """A word that no other page holds, and that the porteur must not read."""
        mot = f"Confidence{next(self.mots)}x"
        (projet.deliberes if publiable else projet.secrets).add(mot)
        return mot

    # --- what is written, and what a refusal must leave ---

    def ecrit(self, connu: Connu) -> tuple[Any, ...]:
        return (
            *Projet.objects.values_list("statut", "version", "numero", "porteur").get(pk=connu.pk),
            Passage.objects.count(), Courriel.objects.count(), Decision.objects.count(), PointOrdreDuJour.objects.count(),
            sum(MontantAccorde.objects.values_list("montant", flat=True)),
            connu.projet.avis_ien.filter(rendu_le=None).count(),
        )  # fmt: skip

    def refuse(self, connu: Connu, geste: Callable[[], Any], quoi: str) -> None:
        self.passer_un_instant()
        avant = self.ecrit(connu)
        try:
            with transaction.atomic():
                geste()
        except REFUS:
            FAITS["refus"] += 1
            assert self.ecrit(connu) == avant, f"{quoi} : un refus a écrit quelque chose"
            return
        raise AssertionError(f"{quoi} : aurait dû être refusé")

    def agir(self, connu: Connu, action: Action, qui: Any = None, motif: str = "Motif.", **donnees: Any) -> None:
        """An action that must be done, and what it must write."""
        self.passer_un_instant()
        projet = connu.projet
        qui = qui or self.celui_qui_peut(action, projet)
        point = projet.points.filter(seance__publiee_le=None).first()
        attendus = list(projet.avis_ien.filter(remplace=False, rendu_le=None).order_by("pk"))
        passage = executer(projet, action, par=qui, motif=motif, **donnees)
        assert Statut(passage.de) == connu.statut
        assert Statut(passage.de) in DEPUIS[action]
        FAITS[action] += 1
        connu.statut = Statut(projet.statut)
        self.prevoir_les_courriels(connu, action, attendus, point, donnees)
        self.retenir(connu)

    def retenir(self, connu: Connu) -> None:
        self.touche = connu
        connu.anciens = [*connu.anciens[-3:], connu.projet]

    def prevoir(self, connu: Connu, gabarit: str, adresses: Iterable[str]) -> None:
        connu.courriels.update((gabarit, adresse.lower()) for adresse in set(adresses))

    def prevoir_les_courriels(
        self, connu: Connu, action: Action, attendus: list[AvisIEN], point: PointOrdreDuJour | None, donnees: dict
    ) -> None:
        projet = connu.projet
        porteur, coordination = {projet.porteur.email}, joignables(projet.coordination)
        if action is A.DEPOSER:
            self.prevoir(connu, "accuse_reception", porteur)
            self.prevoir(connu, "nouveau_depot", coordination)
        elif action is A.DEMANDER_COMPLEMENTS:
            self.prevoir(connu, "complements_demandes", porteur)
        elif action is A.DECLARER_COMPLET:
            for avis in projet.avis_ien.filter(remplace=False, rendu_le=None):
                if avis.lien_revoque_le is None:
                    self.prevoir(connu, "avis_demande", joignables(avis.autorite) - porteur)
        elif action in (A.RENDRE_AVIS, A.CORRIGER_AVIS):
            avis = donnees["avis"]
            autorite = joignables(avis.autorite) - porteur if avis.delegation_id else set()
            self.prevoir(connu, "avis_rendu", coordination | autorite)
        elif action is A.RETIRER and projet.numero:
            self.prevoir(connu, "projet_retire", coordination)
            for avis in attendus:
                delegues = avis.delegations.filter(revoquee_le=None).values_list("courriel", flat=True)
                self.prevoir(connu, "retrait_avis", {*(joignables(avis.autorite) - porteur), *delegues})
            if point:
                autres = joignables(*({*PILOTES, *COORDINATEURS} - {projet.coordination}))
                self.prevoir(connu, "retrait_seance", autres - porteur)
        elif action is A.CLORE:
            self.prevoir(connu, "projet_clos", porteur)

    # --- the way forward ---

    @initialize(
        data=st.data(),
        genres=st.permutations(range(4)),
        depart=st.sampled_from([S.AVIS_IEN, S.INSCRIT, S.VALIDE, S.VALIDE]),
    )
    def commencer_l_histoire(self, data: st.DataObject, genres: list[int], depart: Statut) -> None:
        """One project in two has its money from the start: what follows is as long as what leads there."""
        for rang, genre in enumerate(genres[:2]):
            self.commencer(genre)
            self.mener(self.connus[-1], S.INSCRIT if depart is S.VALIDE else S.PRET if rang else depart)
        if depart is S.VALIDE:
            for connu in self.connus:
                self.decider(data, connu, sens=SensDecision.VALIDE)
            self.publier(self.seance())

    def commencer(self, genre: int) -> None:
        dossier, courriel = dossier_de(genre)
        projet = fabriques.brouillon(dossier, fabriques.utilisateur(courriel))
        self.connus.append(Connu(projet.pk))
        self.retenir(self.connus[-1])

    def seance(self) -> SeanceTroika:
        ouverte = SeanceTroika.objects.filter(publiee_le=None).order_by("pk").first() or fabriques.seance()
        if ouverte.pk not in self.seances:
            self.seances.append(ouverte.pk)
        return ouverte

    def mener(self, connu: Connu, cible: Statut) -> None:
        """Every action that leads to a statut on the way to the decision, each by who may."""
        for _ in range(8):
            if connu.statut == cible or connu.statut in (S.INSCRIT, S.VALIDE, *FINIS):
                return
            if connu.statut in DEPUIS[A.DEPOSER]:
                self.agir(connu, A.DEPOSER)
            elif connu.statut == S.DEPOSE:
                self.agir(connu, A.DECLARER_COMPLET)
            elif connu.statut == S.AVIS_IEN:
                avis = connu.projet.avis_ien.attendus().order_by("pk").first()
                self.agir(connu, A.RENDRE_AVIS, self.comptes[avis.autorite], avis=avis, sens=SensAvis.FAVORABLE)
            else:
                self.agir(connu, A.INSCRIRE, seance=self.seance())

    def choisir(self, data: st.DataObject, *statuts: Statut) -> Connu | None:
        possibles = [un for un in self.connus if un.statut in statuts] if statuts else self.connus
        return data.draw(st.sampled_from(possibles), label="projet") if possibles else None

    @precondition(lambda self: len(self.connus) < PROJETS)
    @rule(genre=st.integers(0, 3), cible=st.sampled_from([S.BROUILLON, S.DEPOSE, S.PRET, S.INSCRIT]))
    def en_presenter_un_autre(self, genre: int, cible: Statut) -> None:
        self.commencer(genre)
        self.mener(self.connus[-1], cible)

    def tenir_une_seance(self, data: st.DataObject) -> None:
        """Whatever is ready goes on the agenda, is decided, and the meeting is published."""
        seance = self.seance()
        for connu in self.connus:
            if connu.statut == S.PRET and data.draw(st.booleans(), label="inscrire"):
                self.agir(connu, A.INSCRIRE, seance=seance)
        for connu in self.a_l_ordre_du_jour(seance):
            if connu.sens is None:
                self.decider(data, connu)
            elif AvisTroika.objects.filter(point__projet=connu.pk, point__seance=seance).count() < len(PILOTES):
                self.refuse(
                    connu, partial(publier_seance, seance, par=self.comptes[VILLE]), "publier sans les trois voix"
                )
                self.voter(connu)
        if data.draw(st.sampled_from([True, True, False]), label="publier"):  # else the decisions wait
            self.publier(seance)

    def a_l_ordre_du_jour(self, seance: SeanceTroika) -> list[Connu]:
        inscrits = set(seance.points.values_list("projet", flat=True))
        return [un for un in self.connus if un.pk in inscrits]

    def publier(self, seance: SeanceTroika) -> None:
        inscrits = self.a_l_ordre_du_jour(seance)
        coordination = self.comptes[VILLE]  # who carries none of them
        for intrus in (Role.PILOTE_VILLE, Role.ADMIN):
            if inscrits:
                self.refuse(inscrits[0], lambda qui=intrus: publier_seance(seance, par=self.comptes[qui]), "publier")
        if not inscrits or any(un.sens is None for un in inscrits):
            if inscrits:
                self.refuse(
                    inscrits[0], lambda: publier_seance(seance, par=coordination), "publier une séance incomplète"
                )
            return
        self.passer_un_instant()
        passages = publier_seance(seance, par=coordination)
        assert len(passages) == len(inscrits)
        FAITS["publication"] += 1
        FAITS["publication de plusieurs"] += len(inscrits) > 1
        for un in inscrits:
            un.statut = un.sens.statut
            FAITS[un.statut] += 1
            un.accorde, un.en_attente, un.sens = un.en_attente, {}, None
            un.deliberes = set()
            projet = un.projet
            self.prevoir(un, "decision_publiee", {projet.porteur.email})
            for annee, demande in projet.exercices.values_list("annee", "montant_demande"):
                if 0 < sum(m for (a, _), m in un.accorde.items() if a == annee) < demande:
                    self.prevoir(un, "budget_revise_attendu", {projet.porteur.email})
            self.retenir(un)

    # --- the troïka ---

    @precondition(lambda self: any(un.statut == S.INSCRIT for un in self.connus))
    @rule(data=st.data())
    def decider_d_un_projet(self, data: st.DataObject) -> None:
        self.decider(data, self.choisir(data, S.INSCRIT), facile=False)

    def voter(self, connu: Connu, pilotes: Iterable[str] = PILOTES, voix: str = Voix.POUR) -> None:
        point = connu.projet.points.get(seance__publiee_le=None)
        for pilote in sorted(pilotes):
            AvisTroika.objects.update_or_create(
                point=point,
                pilote=pilote,
                defaults={"voix": voix, "par": self.comptes[pilote], "motif": self.mot(connu)},
            )

    def decider(
        self, data: st.DataObject, connu: Connu, *, facile: bool = True, sens: SensDecision | None = None
    ) -> None:
        """A decision with what somebody could type: done when every rule of the call is met, else refused."""
        projet = connu.projet
        absent = None if facile else data.draw(st.sampled_from([None, None, *sorted(PILOTES)]), label="sans la voix de")
        if absent:
            AvisTroika.objects.filter(point__projet=projet, point__seance__publiee_le=None, pilote=absent).delete()
        self.voter(connu, PILOTES - {absent})
        senses = [
            SensDecision.VALIDE,
            SensDecision.VALIDE,
            SensDecision.RESERVES,
            SensDecision.AJOURNE,
            SensDecision.REFUSE,
        ]
        sens = sens or data.draw(st.sampled_from(senses), label="décision")
        demandes = dict(projet.exercices.values_list("annee", "montant_demande"))
        montants = self.montants(data, demandes, facile=facile) if sens.accorde else {}
        donnees: dict[str, Any] = {
            "sens": sens,
            "montants": montants,
            "reserves": self.mot(connu, publiable=True) if sens is SensDecision.RESERVES else "",
            "motif": self.mot(connu, publiable=True),
            "hors_temps_scolaire": facile or data.draw(st.booleans(), label="hors temps scolaire"),
            "justification_depassement": "Crédits de fin d’année." if facile or data.draw(st.booleans()) else "",
        }
        if absent or self.decision_interdite(connu, projet, demandes, donnees):
            qui = self.celui_qui_peut(A.DECIDER, projet)
            self.refuse(connu, lambda: executer(connu.projet, A.DECIDER, par=qui, **donnees), f"décider {donnees}")
            if facile:  # only a late bilan stands in the way: nothing new is granted
                FAITS["bilan en retard"] += 1
                self.agir(connu, A.DECIDER, sens=SensDecision.REFUSE, motif=self.mot(connu, publiable=True))
                connu.sens, connu.en_attente = SensDecision.REFUSE, {}
            return
        self.agir(connu, A.DECIDER, **donnees)
        connu.sens, connu.en_attente = sens, {cle: montant for cle, montant in montants.items() if montant}

    def montants(self, data: st.DataObject, demandes: dict[int, Decimal], *, facile: bool) -> dict[Cle, Decimal]:
        choix = ["tout", "tout", "un tiers"] if facile else ["tout", "un tiers", "un centime", "rien", "trop"]
        montants = {}
        for annee, demande in sorted(demandes.items()):
            part = data.draw(st.sampled_from(choix), label=f"accordé {annee}")
            financeur = data.draw(st.sampled_from([Financeur.ETAT, Financeur.VILLE]), label="par")
            montants[annee, financeur] = {
                "tout": demande, "un tiers": (demande / 3).quantize(Decimal("0.01")), "un centime": Decimal("0.01"),
                "rien": Decimal(0), "trop": demande + Decimal("0.01"),
            }[part]  # fmt: skip
        return montants

    def decision_interdite(self, connu: Connu, projet: Projet, demandes: dict, donnees: dict[str, Any]) -> bool:
        """The rules of the call, said again from what the machine knows."""
        if not donnees["sens"].accorde:
            return False
        montants = donnees["montants"]
        if not any(montants.values()) or any(m > demandes[annee] for (annee, _), m in montants.items()):
            return True
        defavorable = projet.avis_ien.filter(remplace=False, sens=SensAvis.DEFAVORABLE).exists()
        if (defavorable and not donnees["hors_temps_scolaire"]) or self.bilan_en_retard(connu, projet):
            return True
        reste = self.restes()
        for cle, montant in connu.en_attente.items():
            reste[cle] += montant
        depasse = any(montant and montant > reste[cle] for cle, montant in montants.items())
        return depasse and not donnees["justification_depassement"]

    def bilan_en_retard(self, connu: Connu, projet: Projet) -> bool:
        voisins = [un for un in self.connus if un is not connu and un.accorde]
        return any(
            autre.structure_id == projet.structure_id
            and exercice.echeance_bilan < timezone.localdate()
            and getattr(getattr(exercice, "bilan", None), "statut", "") not in ("depose", "accepte")
            for un in voisins
            for autre in [un.projet]
            for exercice in autre.exercices.filter(annee__in={annee for annee, _ in un.accorde})
        )

    def restes(self) -> dict[Cle, Decimal]:
        reste = dict(self.dotations)
        for un in self.connus:
            for cle, montant in [*un.accorde.items(), *un.en_attente.items()]:
                reste[cle] -= montant
        return reste

    @rule(
        annee=st.sampled_from([2026, 2027]),
        genre=st.sampled_from([GenreMouvement.AJOUT, GenreMouvement.RETRAIT]),
        montant=st.sampled_from([Decimal("0.01"), Decimal(700)]),
        motive=st.booleans(),
    )
    def mouvementer(self, annee: int, genre: GenreMouvement, montant: Decimal, motive: bool) -> None:
        """More or less money for the year; what is promised already is not taken back without a word."""
        cle = (annee, Financeur.VILLE)
        bout = "vers" if genre == GenreMouvement.AJOUT else "de"
        sort = bout == "de"
        possible = not sort or (self.dotations[cle] >= montant and (motive or self.restes()[cle] >= montant))
        try:
            mouvements.mouvementer(
                self.appel, genre, montant, date=timezone.localdate(), motif="Délibération.", par=self.comptes[VILLE],
                motif_depassement="Accord des pilotes." if motive else "", **{bout: cle},
            )  # fmt: skip
        except mouvements.MouvementRefuse:
            assert not possible, (cle, genre, montant)
            return
        assert possible, (cle, genre, montant)
        self.dotations[cle] += -montant if sort else montant
        FAITS["mouvement"] += 1

    # --- detours ---

    @precondition(lambda self: any(un.statut not in FINIS for un in self.connus))
    @rule(data=st.data())
    def faire_un_detour(self, data: st.DataObject) -> None:
        connu = self.choisir(data, *(set(Statut) - FINIS))
        projet = connu.projet
        detours: dict[Action, Callable[[], None]] = {
            A.DEMANDER_COMPLEMENTS: lambda: self.agir(connu, A.DEMANDER_COMPLEMENTS, champs={"resume": "Précisez."}),
            A.RENDRE_AVIS: lambda: self.repondre(data, connu),
            A.CORRIGER_AVIS: lambda: self.corriger(data, connu),
            A.DESINSCRIRE: lambda: self.desinscrire(connu),
            A.RETIRER: lambda: self.retirer(connu),
        }
        possibles = [une for une in detours if connu.statut in DEPUIS[une]]
        if connu.statut == S.AVIS_IEN or not projet.avis_ien.filter(remplace=False).exclude(rendu_le=None).exists():
            possibles = [une for une in possibles if une is not A.CORRIGER_AVIS]
        if possibles:
            detours[data.draw(st.sampled_from(possibles), label="détour")]()

    def repondre(self, data: st.DataObject, connu: Connu) -> None:
        """An opinion of any kind, by account or by the link of the mail."""
        avis = data.draw(st.sampled_from(list(connu.projet.avis_ien.attendus().order_by("pk"))), label="avis")
        sens = data.draw(st.sampled_from(SensAvis.values), label="sens")
        par = (
            LienAvis(avis)
            if data.draw(st.booleans(), label="par lien") and avis.lien_ouvert
            else self.comptes[avis.autorite]
        )
        self.agir(connu, A.RENDRE_AVIS, par, motif="Trop de séances.", avis=avis, sens=sens)
        FAITS["avis par lien"] += isinstance(par, LienAvis)

    def corriger(self, data: st.DataObject, connu: Connu) -> None:
        avis = connu.projet.avis_ien.filter(remplace=False).exclude(rendu_le=None).order_by("pk").last()
        if connu.projet.avis_ien.filter(corrige_le__gte=timezone.now() - timedelta(days=1)).count() >= 4:
            return
        sens = data.draw(st.sampled_from(SensAvis.values), label="sens")
        self.agir(
            connu, A.CORRIGER_AVIS, self.comptes[avis.autorite], motif="Relu.", avis=avis, sens=sens, vu=avis.rendu_le
        )

    def desinscrire(self, connu: Connu) -> None:
        self.agir(connu, A.DESINSCRIRE)
        self.oublier_la_decision(connu)

    def retirer(self, connu: Connu) -> None:
        self.agir(connu, A.RETIRER)
        self.oublier_la_decision(connu)

    def oublier_la_decision(self, connu: Connu) -> None:
        """Words that were never published stay secret for good."""
        connu.sens, connu.en_attente = None, {}
        connu.secrets |= connu.deliberes
        connu.deliberes = set()
