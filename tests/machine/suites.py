"""What follows a publication, what nobody may do, and what holds after each step, whatever happened."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from correspondants.enums import COORDINATEURS, Role
from correspondants.models import Utilisateur
from projets import bilans, budgets_revises, enveloppes, integrite, messagerie, relances, transmissions, versements
from projets.cellules_enveloppes import cellules_tenues
from projets.controle_cumuls import ecarts_des_annees
from projets.demonstration import conduite
from projets.enums import Action, SensAvis, SensDecision, Statut, StatutBilan
from projets.models import Courriel, Decision, Exercice, MontantAccorde, Projet, Versement
from projets.suivi_financier import suivre
from projets.workflow import ActionImpossible, est_permise, executer

from .instruction import Instruction
from .modele import (
    AU_LARGE,
    AUTRES_COURRIELS,
    DEPUIS,
    EN,
    FAITS,
    FINIS,
    PAGES,
    QUI,
    SERVICES,
    VILLE,
    A,
    Connu,
    S,
    joignables,
)  # fmt: skip


class Histoire(Instruction):
    def continuer(self, data: st.DataObject) -> None:
        """What comes next for one project, whoever has to do it: half of the gestures, so that stories go to the end."""
        connu = self.choisir(data, *(set(Statut) - FINIS))
        if connu.statut == S.VALIDE:
            self.vivre(data, connu)
            self.clore(connu)
        elif connu.statut in (S.PRET, S.INSCRIT):
            self.tenir_une_seance(data)
        else:
            cibles = [S.DEPOSE, S.AVIS_IEN, S.PRET, S.INSCRIT]
            self.mener(connu, data.draw(st.sampled_from(cibles), label="jusqu’à"))

    _continuer = precondition(lambda self: any(un.statut not in FINIS for un in self.connus))
    encore = _continuer(rule(data=st.data())(continuer))
    encore_une_fois = _continuer(rule(data=st.data())(continuer))
    puis = _continuer(rule(data=st.data())(continuer))
    enfin = _continuer(rule(data=st.data())(continuer))

    # --- a granted project ---

    def vivre(self, data: st.DataObject, connu: Connu) -> None:
        """A few gestures of the months that follow: money, budget, bilan."""
        annees = sorted({annee for (annee, _), montant in connu.accorde.items() if montant})
        annee = data.draw(st.sampled_from(annees), label="année")
        gestes = [
            self.payer,
            self.annuler_un_paiement,
            self.reviser_le_budget,
            self.rendre_compte,
            self.rendre_compte,
            self.rendre,
        ]
        for geste in data.draw(st.lists(st.sampled_from(gestes), min_size=2, max_size=5), label="gestes"):
            exercice = Exercice.objects.select_related("projet__appel", "projet__porteur").get(
                projet=connu.pk, annee=annee
            )
            self.passer_un_instant()
            geste(data, connu, exercice)
        self.touche = connu

    def _coordination(self, connu: Connu) -> Utilisateur:
        return self.comptes[connu.projet.coordination]

    def payer(self, data: st.DataObject, connu: Connu, exercice: Exercice) -> None:
        """Never a cent beyond what this funder grants, nor beyond what the accepted bilan justifies."""
        financeur = data.draw(st.sampled_from(sorted(f for a, f in connu.accorde if a == exercice.annee)), label="par")
        cle = (exercice.annee, financeur)
        reste = min(connu.accorde[cle] - connu.paye[cle], suivre(exercice).reste)
        montant = reste + data.draw(
            st.sampled_from([Decimal(0), Decimal("-0.01"), Decimal("0.01")]), label="à un centime près"
        )
        saisie = versements.Saisie(
            financeur, montant, timezone.localdate(), reference=f"MANDAT-{next(self.mots)}", derogation="Urgence."
        )
        qui = self.celui_qui_peut(A.INSCRIRE, connu.projet)
        self.refuse(
            connu, lambda: versements.enregistrer(exercice, saisie, par=connu.projet.porteur), "se payer soi-même"
        )
        if montant <= 0 or montant > reste:
            self.refuse(connu, lambda: versements.enregistrer(exercice, saisie, par=qui), f"payer {montant} de {reste}")
            return
        versements.enregistrer(exercice, saisie, par=qui)
        connu.paye[cle] += montant
        self.prevoir(connu, "versement_enregistre", {connu.projet.porteur.email})
        FAITS["versement"] += 1

    def annuler_un_paiement(self, data: st.DataObject, connu: Connu, exercice: Exercice) -> None:
        versement = Versement.objects.en_vigueur().filter(exercice=exercice, sens="versement").order_by("pk").last()
        if versement is None:
            return
        cle = (exercice.annee, versement.financeur)
        qui = self.celui_qui_peut(A.INSCRIRE, connu.projet)
        if connu.paye[cle] < versement.montant:  # some came back already
            self.refuse(
                connu, lambda: versements.annuler(versement, motif="Erreur.", par=qui), "annuler ce qui est rendu"
            )
            return
        versements.annuler(versement, motif="Erreur de saisie.", par=qui)
        self.refuse(connu, lambda: versements.annuler(versement, motif="Encore.", par=qui), "annuler deux fois")
        connu.paye[cle] -= versement.montant
        self.prevoir(connu, "versement_annule", {connu.projet.porteur.email})
        FAITS["versement annulé"] += 1

    def reviser_le_budget(self, data: st.DataObject, connu: Connu, exercice: Exercice) -> None:
        porteur, coordination = connu.projet.porteur, self._coordination(connu)
        budget = getattr(exercice, "budget_revise", None)
        if budget and budget.confirme_le:
            try:
                budgets_revises.rouvrir(exercice, motif="Une ligne manque.", par=coordination)
            except ActionImpossible:
                return
            self.prevoir(connu, "budget_revise_rouvert", {porteur.email})
            return
        if budgets_revises.obstacles_a_la_revision(exercice, porteur):
            self.refuse(connu, lambda: budgets_revises.proposer(exercice, par=porteur), "réviser un budget fermé")
            return
        self.refuse(connu, lambda: budgets_revises.proposer(exercice, par=coordination), "réviser pour le porteur")
        budgets_revises.proposer(exercice, par=porteur)
        exercice = Exercice.objects.select_related("projet").get(pk=exercice.pk)
        vu = budgets_revises.empreinte_de(exercice)
        self.refuse(
            connu, lambda: budgets_revises.confirmer(exercice, empreinte="vieille", par=porteur), "un vieux budget"
        )
        budgets_revises.confirmer(exercice, empreinte=vu, par=porteur)
        self.prevoir(connu, "budget_revise_confirme", joignables(connu.projet.coordination))
        FAITS["budget révisé"] += 1

    def rendre_compte(self, data: st.DataObject, connu: Connu, exercice: Exercice) -> None:
        """The bilan: sent, sent back, accepted, reopened, each by who may."""
        projet, coordination, bilan = connu.projet, self._coordination(connu), getattr(exercice, "bilan", None)
        porteur = {projet.porteur.email}
        intrus = self.comptes[VILLE if projet.coordination == EN else EN]
        if bilan is None or bilan.statut in (StatutBilan.BROUILLON, StatutBilan.A_COMPLETER):
            taux = data.draw(st.sampled_from([Decimal(1), Decimal("0.5")]), label="réalisé")
            bilan = conduite.remettre_bilan(exercice, taux=taux)
            self.prevoir(connu, "bilan_depose", joignables(projet.coordination))
            self.refuse(connu, lambda: bilans.deposer(bilan, par=projet.porteur), "remettre deux fois")
            FAITS["bilan remis"] += 1
        elif bilan.statut == StatutBilan.DEPOSE:
            self.refuse(connu, lambda: bilans.accepter(bilan, par=intrus), "accepter le bilan d’une autre coordination")
            if data.draw(st.sampled_from([True, True, False]), label="accepter"):
                bilans.accepter(bilan, par=coordination)
                self.prevoir(connu, "bilan_accepte", porteur)
                FAITS["bilan accepté"] += 1
            else:
                bilans.renvoyer(bilan, par=coordination, motif="Une facture manque.")
                self.prevoir(connu, "bilan_renvoye", porteur)
        else:
            self.refuse(connu, lambda: bilans.rouvrir(bilan, par=intrus, motif="x"), "rouvrir d’ailleurs")
            if data.draw(st.booleans(), label="rouvrir"):
                bilans.rouvrir(bilan, par=coordination, motif="Un chiffre est faux.")
                self.prevoir(connu, "bilan_rouvert", porteur)
                FAITS["bilan rouvert"] += 1
                self.retenir(connu)

    def rendre(self, data: st.DataObject, connu: Connu, exercice: Exercice) -> None:
        """Money paid beyond what was needed: asked back and given back, or given up."""
        suivi, coordination, porteur = suivre(exercice), self._coordination(connu), {connu.projet.porteur.email}
        if not suivi.a_rendre:
            self.refuse(connu, lambda: versements.renoncer(exercice, motif="x", par=coordination), "renoncer à rien")
            return
        FAITS["somme à rendre"] += 1
        if data.draw(st.booleans(), label="renoncer"):
            versements.renoncer(exercice, motif="Petite somme.", par=coordination)
            self.prevoir(connu, "somme_remise", porteur)
            return
        if not versements.demande_en_cours(exercice):
            demain = timezone.localdate() + timedelta(days=30)
            versements.demander_reversement(exercice, motif="Non dépensé.", avant_le=demain, par=coordination)
            self.prevoir(connu, "somme_a_rendre", porteur)
        ligne = next(une for une in suivi.lignes if une.a_rendre)
        saisie = versements.Saisie(ligne.financeur, ligne.a_rendre, timezone.localdate(), f"TITRE-{next(self.mots)}")
        versements.reverser(exercice, saisie, par=coordination)
        connu.paye[exercice.annee, ligne.financeur] -= ligne.a_rendre
        self.prevoir(connu, "versement_enregistre", porteur)

    def clore(self, connu: Connu) -> None:
        """As soon as every bilan due is accepted and nothing is owed, and not before."""
        exercices = list(connu.projet.exercices.filter(annee__in={a for (a, _), m in connu.accorde.items() if m}))
        statuts = [getattr(getattr(exercice, "bilan", None), "statut", "") for exercice in exercices]
        if set(statuts) == {StatutBilan.ACCEPTE} and not any(suivre(exercice).a_rendre for exercice in exercices):
            self.agir(connu, A.CLORE)
        else:
            coordination = self._coordination(connu)
            self.refuse(connu, lambda: executer(connu.projet, A.CLORE, par=coordination), "clore trop tôt")

    # --- others ---

    @precondition(lambda self: any(un.statut not in FINIS | {S.BROUILLON} for un in self.connus))
    @rule(data=st.data())
    def passer_la_main(self, data: st.DataObject) -> None:
        """The project goes to a colleague: whoever had it reads it no more."""
        connu = self.choisir(data, *(set(Statut) - FINIS - {S.BROUILLON}))
        projet = connu.projet
        suivant = "collegue@example.org" if projet.porteur.email != "collegue@example.org" else "porteur-b@example.org"
        transmission = transmissions.proposer(projet, suivant, par=projet.porteur)
        ancien = projet.porteur
        transmissions.accepter(transmissions.transmission_du_jeton(transmissions.jeton(transmission)))
        FAITS["passé à un autre"] += 1
        self.retenir(connu)
        if ancien.pk not in self.roles:
            assert self.client_de(ancien).get(projet.get_absolute_url()).status_code == 404

    @precondition(lambda self: any(un.statut != S.BROUILLON for un in self.connus))
    @rule(data=st.data(), qui=st.sampled_from([EN, VILLE, Role.PILOTE_VILLE]))
    def parler_entre_services(self, data: st.DataObject, qui: Role) -> None:
        connu = self.choisir(data, *(set(Statut) - {S.BROUILLON}))
        projet, par = connu.projet, self.comptes[qui]
        if not projet.numero:
            return
        if par.pk != projet.porteur_id:
            messagerie.ecrire_message(projet, par=par, texte=self.mot(connu), interne=True)
        self.touche = connu

    @precondition(lambda self: self.attentes < 3)
    @rule(jours=st.sampled_from([10, 75, 200]))
    def attendre(self, jours: int) -> None:
        """Time goes by; the reminders of that day leave once."""
        self.attentes += 1
        self.clients = {}  # sessions end
        self.voyager(jours)
        jour = timezone.localdate()
        relancer = (
            relances.relancer_avis, relances.relancer_bilans, relances.relancer_budgets, relances.relancer_complements,
            relances.relancer_sommes,
        )  # fmt: skip
        for une in relancer:
            FAITS["relance"] += une(jour)
            assert not une(jour), f"{une.__name__} : deux fois le même jour"

    # --- what must be refused ---

    @precondition(lambda self: self.connus)
    @rule(data=st.data(), qui=st.sampled_from(QUI), action=st.sampled_from(list(Action)))
    def tenter(self, data: st.DataObject, qui: str, action: Action) -> None:
        """Anything, by anybody, at any moment: refused unless the table says that it may be tried."""
        connu = self.choisir(data)
        self.essayer(connu, action, self.personne(qui, connu.projet))
        self.touche = connu

    def essayer(self, connu: Connu, action: Action, qui: Utilisateur) -> None:
        projet = connu.projet
        if connu.statut in DEPUIS[action] and self.permis(action, qui, projet):
            if action is A.PUBLIER:  # a whole meeting, never one project
                self.refuse(connu, lambda: executer(projet, action, par=qui), "publier un seul projet")
            return
        donnees = self.plausible(action, projet)
        self.refuse(connu, lambda: executer(projet, action, par=qui, motif="Motif.", **donnees), action)

    def plausible(self, action: Action, projet: Projet) -> dict[str, Any]:
        """What the page of the action would send, in order."""
        avis = projet.avis_ien.order_by("pk").last()
        ouverte = self.seance() if action is A.INSCRIRE else None
        annee = projet.exercices.order_by("annee").first().annee
        return {
            A.DEMANDER_COMPLEMENTS: {"champs": {"resume": "Précisez."}},
            A.RENDRE_AVIS: {"avis": avis, "sens": SensAvis.FAVORABLE},
            A.CORRIGER_AVIS: {"avis": avis, "sens": SensAvis.FAVORABLE, "vu": avis.rendu_le if avis else None},
            A.INSCRIRE: {"seance": ouverte},
            A.DECIDER: {
                "sens": SensDecision.VALIDE,
                "montants": {(annee, "etat"): Decimal(1)},
                "hors_temps_scolaire": True,
            },
        }.get(action, {})

    @precondition(lambda self: any(self.perimes(un) for un in self.connus))
    @rule(data=st.data())
    def revenir_trop_tard(self, data: st.DataObject) -> None:
        """What was possible on the page that somebody still has open, by the one who could."""
        connu = data.draw(st.sampled_from([un for un in self.connus if self.perimes(un)]), label="projet")
        vu = data.draw(st.sampled_from(self.perimes(connu)), label="vu")
        possibles = [une for une in Action if vu.statut in DEPUIS[une] and une not in (A.RENDRE_AVIS, A.CORRIGER_AVIS)]
        if not possibles:
            return
        action = data.draw(st.sampled_from(possibles), label="action")
        qui = next(p for nom in QUI if self.permis(action, p := self.personne(nom, vu), vu))
        donnees = self.plausible(action, vu)
        self.refuse(connu, lambda: executer(vu, action, par=qui, motif="Motif.", **donnees), f"{action} en retard")
        FAITS["trop tard"] += 1

    def perimes(self, connu: Connu) -> list[Projet]:
        frais = connu.projet
        return [vu for vu in connu.anciens if (vu.version, vu.statut) != (frais.version, frais.statut)]

    # --- what holds whatever happened ---

    @invariant()
    def nul_ne_peut_davantage_que_ne_dit_la_table(self) -> None:
        """What is offered is what the table says, for everybody; one of the forbidden gestures, in turn, is tried for real."""
        if (connu := self.touche) is None:
            return
        projet, interdits = connu.projet, []
        for qui in QUI:
            personne = self.personne(qui, projet)
            for action in Action:
                attendu = connu.statut in DEPUIS[action] and self.permis(action, personne, projet)
                assert est_permise(projet, action, personne) == attendu, (action, qui, connu.statut)
                if not attendu:
                    interdits.append((action, personne))
        self.pas += 1
        self.passer_un_instant()
        action, personne = interdits[(self.pas * 37) % len(interdits)]
        self.essayer(connu, action, personne)

    @invariant()
    def le_journal_dit_ce_qui_est(self) -> None:
        examen = integrite.examiner()
        assert examen.est_intact, [str(faute) for faute in examen.fautes]
        for connu in self.connus:
            projet = connu.projet
            dernier = projet.passages.exclude(vers="").order_by("rang").last()
            assert projet.statut == connu.statut == (dernier.vers if dernier else S.BROUILLON)
            assert projet.porteur_id, "un projet sans porteur"
            assert bool(projet.numero) == bool(projet.depose_le)
            assert projet.numero or projet.statut in (S.BROUILLON, S.RETIRE)
            assert projet.coordination in COORDINATEURS

    @invariant()
    def l_argent_est_compte_une_fois(self) -> None:
        restes, paye, engage = self.restes(), Counter(), Counter()
        for connu in self.connus:
            paye.update(connu.paye)
            engage.update(connu.accorde)
            for publiee, connus in ((True, connu.accorde), (False, connu.en_attente)):
                lignes = MontantAccorde.objects.filter(exercice__projet=connu.pk, decision__publiee=publiee)
                ecrits: dict[Any, Decimal] = defaultdict(Decimal)
                for annee, financeur, montant in lignes.values_list("exercice__annee", "financeur", "montant"):
                    ecrits[annee, financeur] += montant
                assert ecrits == {cle: montant for cle, montant in connus.items() if montant}, (connu.pk, publiee)
            for exercice in connu.projet.exercices.all() if connu is self.touche else ():
                siens = sum((m for (annee, _), m in connu.accorde.items() if annee == exercice.annee), Decimal(0))
                assert exercice.montant_accorde == siens <= exercice.montant_demande
                suivi = suivre(exercice)
                assert suivi.paye == sum((m for (a, _), m in connu.paye.items() if a == exercice.annee), Decimal(0))
                assert Decimal(0) <= suivi.paye <= siens
        for une in enveloppes.situations([self.appel]):
            assert (une.reste, une.engage, une.paye) == (restes[une.cle], engage[une.cle], paye[une.cle]), une.nom
            assert une.dotation == self.dotations[une.cle]
            assert not une.est_a_motiver, f"{une.nom} est dépassée sans raison"
        tenues = cellules_tenues()
        assert tenues is not None
        assert enveloppes.situations([self.appel], tenues=tenues) == enveloppes.situations([self.appel])
        if self.pas % 12 == 0:  # long: every figure of the year, added up live
            assert ecarts_des_annees([2026]) == []

    @invariant()
    def la_troika_attend_les_avis(self) -> None:
        """Read in the content of the project, not in what the opinions say of themselves."""
        for connu in self.connus:
            projet = connu.projet
            point = projet.points.filter(seance__publiee_le=None).first()
            assert (point is not None) == (connu.statut == S.INSCRIT)
            if connu.statut not in (S.PRET, S.INSCRIT, S.VALIDE, S.CLOS):
                continue
            scolaires = [prevue for prevue in projet.contenu.interventions if prevue.temps == "scolaire"]
            rendus = projet.avis_ien.filter(remplace=False).exclude(rendu_le=None)
            consultees = {Role.AUTORITE_EN if "Collège" in p.etablissement else Role.IEN for p in scolaires}
            assert set(rendus.values_list("autorite", flat=True)) == consultees, projet.numero
            assert not projet.avis_ien.attendus().exists()
            if point and connu.sens and connu.sens.accorde and rendus.filter(sens=SensAvis.DEFAVORABLE).exists():
                assert Decision.objects.get(point=point).hors_temps_scolaire

    @invariant()
    def chaque_evenement_ecrit_une_fois_a_chacun(self) -> None:
        for connu in self.connus:
            courriels = Courriel.objects.filter(projet=connu.pk).exclude(gabarit__in=AUTRES_COURRIELS)
            ecrits = Counter(courriels.values_list("gabarit", "destinataire"))
            assert ecrits == connu.courriels, f"en trop {ecrits - connu.courriels}, manquent {connu.courriels - ecrits}"

    @invariant()
    def les_pages_s_ouvrent_a_qui_elles_sont(self) -> None:
        """One reader more at each step: the page of the project, and a page of one's own; no word meant for others."""
        if (connu := self.touche) is None or not self.connus:
            return
        projet, qui = connu.projet, QUI[self.pas % len(QUI)]
        adresses = [page for page in PAGES[qui] if "{" not in page or self.seances]
        page = adresses[self.pas % len(adresses)].format(seance=self.seances[-1] if self.seances else 0)
        if AU_LARGE or self.pas % 2 or not projet.numero:
            self.ouvrir(self.personne(qui, projet), page, {200})
        lecteurs = [qui, "porteur"] if AU_LARGE else [qui] if self.pas % 3 else ["porteur"]
        for lecteur in lecteurs if projet.numero else ():
            compte = self.personne(lecteur, projet)
            self.ouvrir(compte, projet.get_absolute_url(), self.attendu(lecteur, compte, projet))

    def attendu(self, lecteur: str, compte: Utilisateur, projet: Projet) -> set[int]:
        if compte.pk == projet.porteur_id or (lecteur in SERVICES and projet.depose_le):
            return {200}
        consultee = projet.avis_ien.filter(autorite=lecteur).exists()
        return {200, 302} if consultee else {404}

    def client_de(self, compte: Utilisateur) -> Client:
        if compte.pk not in self.clients:
            self.clients[compte.pk] = Client()
            self.clients[compte.pk].force_login(compte)
        return self.clients[compte.pk]

    def ouvrir(self, compte: Utilisateur, adresse: str, attendu: set[int]) -> None:
        reponse = self.client_de(compte).get(adresse)
        assert reponse.status_code in attendu, (adresse, str(compte), reponse.status_code)
        texte = reponse.content.decode()
        FAITS["page lue"] += 1
        for connu in self.connus:
            if connu.projet.porteur_id == compte.pk:
                lus = {mot for mot in connu.secrets | connu.deliberes if mot in texte}
                assert not lus, f"{adresse} montre au porteur {compte} ce qui n’est pas pour lui : {lus}"
