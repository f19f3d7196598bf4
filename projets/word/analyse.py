"""From a parsed document to a Dossier: the answers that were found are read, contradictions and lost words are said."""

from decimal import Decimal
from typing import Any

from ..constats import Constat, Gravite
from ..dossier import CLASSES_VOLONTAIRES
from ..questionnaire import Genre, Question, Referentiel, normaliser, texte_propre
from ..valeurs import euros
from .controle import Archive
from .conversion import Convertisseur, Reponse, texte_saisi
from .donnees import Donnees
from .formulaire import Formulaire
from .formulaires import DOSSIER, FORMULAIRES
from .gabarit import cle
from .noms import W
from .rangees import LectureDesRangees, LigneLue, Total
from .reperage import Reperage, Reperee
from .resultats import AUTEUR_DU_PORTAIL, Lecture, NonReconnu, Source
from .texte import lire_lignes

ANOMALIES_MAXIMUM = 200
PASSAGES_MAXIMUM = 300
ANNEE = "annee"  # the question that says the civil year N of the budget
_REPONSES_MINIMALES = 3  # fewer labels than that, without any mark of ours, are chance


class Analyse:
    """One reading in progress. ``ancres`` gives for a field (``titre``, ``materiels.0.annee``) the element it was read in."""

    def __init__(self, racine: Any, referentiel: Referentiel, formulaire: Formulaire = DOSSIER):
        self.referentiel = referentiel
        self.formulaire = formulaire
        self.convertisseur = Convertisseur(referentiel, formulaire)
        self.valeurs: dict[str, Any] = {}
        self.anomalies: list[Constat] = []
        self.non_reconnu: list[NonReconnu] = []
        self.provenances: dict[str, Source] = {}
        self.suretes: dict[str, float] = {}
        self.ancres: dict[str, Any] = {}
        corps = racine.find(f"{W}body")
        self.reperage = Reperage(corps, formulaire, formulaire.textes_fixes(referentiel))
        if autre := self._autre_formulaire(corps):
            self._rien_reconnu(corps, autre.pris_pour_un_autre)
            return
        if not self._est_le_formulaire():
            self._rien_reconnu(corps, formulaire.non_reconnu)
            return
        self.ancres.update(self.reperage.ancres)
        reperees: dict[str, list[Reperee]] = {}
        for reperee in self.reperage.reperees:
            reperees.setdefault(reperee.question.identifiant, []).append(reperee)
        for nom, question in formulaire.simples.items():
            self._question(question, reperees.get(nom, []))
        self._annee_des_entetes()
        for question in formulaire.tableaux:
            self._tableau(question, [d for d in self.reperage.donnees if d.question is question])
        self.non_reconnu += [NonReconnu(f.texte, f.pres_de) for f in self.reperage.recueil.fragments]
        if next(racine.iter(f"{W}altChunk"), None) is not None:
            self._anomalie(
                "",
                Gravite.A_VERIFIER,
                "Un autre fichier est inséré dans ce document : nous ne le lisons pas. Recopiez son texte dans les réponses.",
            )
        if next(racine.iter(f"{W}ins", f"{W}del", f"{W}moveFrom"), None) is not None:
            self._anomalie(
                "",
                Gravite.CONSEIL,
                "Ce document contient des modifications suivies : nous le lisons comme si elles étaient toutes acceptées.",
            )

    def lecture(self) -> Lecture:
        dossier = normaliser(self.formulaire.classe(**self.valeurs))
        self._abreger()
        return Lecture(dossier, tuple(self.anomalies), tuple(self.non_reconnu), self.provenances, self.suretes)

    def _abreger(self) -> None:
        """Nobody reads a thousand remarks: the first ones are kept, and so is all the text, in one piece beyond."""
        if (autres := len(self.anomalies) - ANOMALIES_MAXIMUM) > 0:
            del self.anomalies[ANOMALIES_MAXIMUM:]
            self._anomalie("", Gravite.A_VERIFIER, f"{autres} autres remarques de même sorte ne sont pas montrées.")
        if len(self.non_reconnu) > PASSAGES_MAXIMUM:
            reste = self.non_reconnu[PASSAGES_MAXIMUM:]
            self.non_reconnu[PASSAGES_MAXIMUM:] = [NonReconnu("\n".join(f.texte for f in reste), reste[0].pres_de)]

    def _anomalie(self, champ: str, gravite: Gravite, message: str, extrait: str = "") -> None:
        self.anomalies.append(Constat(champ, gravite, message, extrait=extrait))

    def _perdre(self, texte: str, pres_de: str) -> None:
        self.non_reconnu.append(NonReconnu(texte_propre(texte, multiligne=True), pres_de))

    def _reconnues(self, reperage: Reperage) -> int:
        """How many questions a document answers."""
        return len(
            {r.question.identifiant for r in reperage.reperees} | {d.question.identifiant for d in reperage.donnees}
        )

    def _est_le_formulaire(self) -> bool:
        marques = any(r.source in (Source.CONTROLE, Source.SIGNET) for r in self.reperage.reperees)
        marques = marques or any(d.source == Source.SIGNET for d in self.reperage.donnees)
        return marques or self._reconnues(self.reperage) >= _REPONSES_MINIMALES

    def _autre_formulaire(self, corps: Any) -> Formulaire | None:
        """The other form of the portal that this document is, when it answers more of its questions than of ours."""
        reconnues = self._reconnues(self.reperage)
        if 2 * reconnues >= len(self.formulaire.questions):
            return None
        for autre in FORMULAIRES.values():
            if autre is not self.formulaire:
                siennes = self._reconnues(Reperage(corps, autre, autre.textes_fixes(self.referentiel)))
                if siennes > max(reconnues, _REPONSES_MINIMALES):
                    return autre
        return None

    def _rien_reconnu(self, corps: Any, pourquoi: str) -> None:
        """A clean Word file that is not the form: all its words come back, for the porteur to place."""
        texte = texte_propre("\n".join(ligne.texte for ligne in lire_lignes(corps)), multiligne=True)
        if texte:
            self.non_reconnu.append(NonReconnu(texte))
        self._anomalie("", Gravite.BLOQUANT, pourquoi)

    # --- plain questions --------------------------------------------------------------------------------------------

    def _question(self, question: Question, reperees: list[Reperee]) -> None:
        """The answer of a question; when the document answers it several times, the surest one that says something."""
        if not reperees:
            return
        lues = [(reperee, *self._lire(question, reperee)) for reperee in reperees]
        lues.sort(key=lambda lue: (lue[1].valeur == question.vide and not lue[1].remarques, -lue[0].surete))
        retenue, reponse, reste = lues[0]
        self.valeurs[question.identifiant] = reponse.valeur
        self.provenances[question.identifiant] = retenue.source
        self.suretes[question.identifiant] = round(retenue.surete, 2)
        self.ancres[question.identifiant] = retenue.element
        self._suites(question, question.identifiant, reponse)
        for texte in reste:
            self._perdre(texte, question.libelle)
        if retenue.source is Source.POSITION and reponse.valeur != question.vide:
            self._anomalie(
                question.identifiant,
                Gravite.A_VERIFIER,
                f"L’intitulé de cette ligne a été changé : nous y avons lu « {question.libelle} », d’après sa place.",
                retenue.intitule,
            )
        if retenue.au_dessous:
            self._anomalie(
                question.identifiant,
                Gravite.A_VERIFIER,
                f"Cette réponse était écrite sous « {question.libelle} » : vérifiez qu’elle est à sa place.",
                texte_saisi([ligne.texte for ligne in retenue.lignes]).strip()[:300],
            )
        for autre, reponse_autre, reste_autre in lues[1:]:
            self._double(question, autre, reponse, reponse_autre)
            for texte in reste_autre:
                self._perdre(texte, question.libelle)

    def _lire(self, question: Question, reperee: Reperee) -> tuple[Reponse, list[str]]:
        """The value of one place, and the words of its label cell that are not part of it."""
        reponse = self.convertisseur.lire(question, reperee.lignes)
        reste = [ligne.texte for ligne in reperee.reste if ligne.texte.strip()]
        if (
            reste
            and reponse.valeur == question.vide
            and not texte_saisi([x.texte for x in reperee.lignes]).strip(" ☐\n")
        ):
            dans_le_libelle = self.convertisseur.lire(question, reperee.reste)
            if dans_le_libelle.valeur != question.vide:
                return dans_le_libelle, []
        return reponse, reste

    def _suites(self, question: Question, champ: str, reponse: Reponse) -> None:
        for remarque in reponse.remarques:
            self._anomalie(champ, remarque.gravite, remarque.message, remarque.extrait)
        for texte in reponse.perdus:
            self._perdre(texte, question.libelle)

    def _double(self, question: Question, autre: Reperee, retenue: Reponse, reponse: Reponse) -> None:
        """A second answer to a question already answered: said, never dropped."""
        texte = texte_saisi([ligne.texte for ligne in autre.lignes]).strip()
        if reponse.valeur in (question.vide, retenue.valeur) and not reponse.remarques:
            return
        self._anomalie(
            question.identifiant,
            Gravite.A_VERIFIER,
            f"« {question.libelle} » a deux réponses différentes dans ce document : gardez la bonne.",
            texte[:300],
        )
        self._perdre(texte, question.libelle)

    # --- tables -----------------------------------------------------------------------------------------------------

    def _annee_des_entetes(self) -> None:
        """Years are in the headers of the budget: they complete a missing year N, and contradict a wrong one."""
        ecrites = sorted({a for d in self.reperage.donnees for a in d.annees.values()})
        annee = self.valeurs.get(ANNEE)
        if not ecrites:
            return
        if annee is None:
            if not any(c.champ == ANNEE for c in self.anomalies) and ecrites[-1] - ecrites[0] <= 1:
                self.valeurs[ANNEE] = ecrites[0]
                self.provenances[ANNEE], self.suretes[ANNEE] = Source.LIBELLE, 0.8
                self._anomalie(
                    ANNEE,
                    Gravite.A_VERIFIER,
                    f"L’année N n’est pas indiquée ; les colonnes du budget disent {ecrites[0]}.",
                )
        elif annee not in ecrites:
            annees = " et ".join(map(str, ecrites))
            self._anomalie(
                ANNEE,
                Gravite.BLOQUANT,
                f"L’année N est {annee}, mais les colonnes du budget portent {annees} : mettez-les d’accord.",
                str(annee),
            )

    def _tableau(self, question: Question, tableaux: list[Donnees]) -> None:
        """Rows of every table that answers a question, in order; a second full table is said, not added."""
        lignes: list[LigneLue] = []
        totaux: list[Total] = []
        annee = self.valeurs.get(ANNEE)
        for donnees in tableaux:
            lues = list(LectureDesRangees(donnees, self.convertisseur, annee).lire())
            objets = [lue for lue in lues if isinstance(lue, LigneLue)]
            utiles = [lue for lue in objets if not lue.est_vide(question) or lue.remarques]
            if utiles and lignes and donnees.rang_entete >= 0 and not donnees.suite:
                self._second_tableau(question, lignes, utiles)
                continue
            if question.identifiant not in self.provenances or utiles:
                self.provenances[question.identifiant] = Source(donnees.source)
                self.suretes[question.identifiant] = Source(donnees.source).surete
            lignes += utiles
            totaux += [lue for lue in lues if isinstance(lue, Total)]
            for lue in objets:
                for texte in lue.perdus:
                    self._perdre(texte, question.libelle)
            self._annees_etrangeres(donnees, annee)
        if tableaux:
            self.ancres.setdefault(question.identifiant, tableaux[0].tableau.element)
        gardees = []
        for lue in lignes:
            vide = lue.est_vide(question)
            champ = question.identifiant if vide else f"{question.identifiant}.{len(gardees)}"
            if not vide:
                gardees.append(lue.objet)
                self.ancres |= {f"{champ}.{nom}": element for nom, element in lue.cellules.items()}
                self.provenances |= {f"{champ}.{nom}": source for nom, source in lue.sources.items()}
                self.suretes |= {f"{champ}.{nom}": source.surete for nom, source in lue.sources.items()}
                self.ancres[champ] = next(iter(lue.cellules.values()), lue.element)
            for nom, remarque in lue.remarques:
                self._anomalie(
                    champ if vide else f"{champ}.{nom}", remarque.gravite, remarque.message, remarque.extrait
                )
        self.valeurs[question.identifiant] = tuple(gardees)
        if totaux:
            self._verifier_totaux(question, totaux)

    def _second_tableau(self, question: Question, premieres: list[LigneLue], autres: list[LigneLue]) -> None:
        if [normaliser(lue.objet) for lue in premieres] == [normaliser(lue.objet) for lue in autres]:
            return
        texte = "\n".join(
            " | ".join(filter(None, (" ".join(x.texte for x in lire_lignes(c)).strip() for c in lue.cellules.values())))
            for lue in autres
        )
        self._anomalie(
            question.identifiant,
            Gravite.BLOQUANT,
            f"Ce document contient deux tableaux « {question.libelle} » : gardez le bon.",
            texte[:300],
        )
        self._perdre(texte, question.libelle)

    def _annees_etrangeres(self, donnees: Donnees, annee: int | None) -> None:
        """A column of a year that is neither N nor N+1."""
        if annee is None or annee not in donnees.annees.values():
            return
        for ecrite in donnees.annees.values():
            if ecrite not in (annee, annee + 1):
                self._anomalie(
                    donnees.question.identifiant,
                    Gravite.A_VERIFIER,
                    f"La colonne {ecrite} n’est ni l’année N ({annee}) ni l’année N+1 ({annee + 1}) : nous ne l’avons pas lue.",
                    str(ecrite),
                )

    def _verifier_totaux(self, question: Question, totaux: list[Total]) -> None:
        """Written totals that are not the sum of their column, with or without the voluntary contributions."""
        compte, sommes = question.colonnes[0].identifiant, {}
        for colonne in question.colonnes:
            lignes = [
                (getattr(ligne, compte), getattr(ligne, colonne.identifiant))
                for ligne in self.valeurs[question.identifiant]
            ]
            if colonne.genre is Genre.MONTANT:
                especes = sum(
                    (m or Decimal(0) for code, m in lignes if not code.startswith(CLASSES_VOLONTAIRES)), Decimal(0)
                )
                sommes[colonne.identifiant] = (especes, sum((m or Decimal(0) for _, m in lignes), Decimal(0)))
        for total in totaux:
            for texte in total.perdus:
                self._perdre(texte, question.libelle)
            for nom, ecrit in total.montants.items():
                if ecrit not in sommes[nom]:
                    self.ancres[f"{question.identifiant}.total.{nom}"] = total.cellules[nom]
                    self._anomalie(
                        question.identifiant,
                        Gravite.A_VERIFIER,
                        f"Le total écrit ({euros(ecrit)}) n’est pas la somme des lignes ({euros(sommes[nom][0])}) : "
                        "vérifiez la colonne.",
                        euros(ecrit),
                    )


def autres_parties(archive: Archive, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> list[NonReconnu]:
    """Words that people put in headers, footers, notes and comments; the portal's own are left out."""
    fixes = formulaire.textes_fixes(referentiel)
    trouves = []
    for genre, nom_de_partie in (
        ("header", "En-tête de page"),
        ("footer", "Pied de page"),
        ("footnotes", "Note de bas de page"),
        ("endnotes", "Note de fin"),
        ("comments", "Commentaire"),
    ):
        for partie in archive.liees(genre):
            for element in _morceaux(archive.arbre(partie), genre):
                lignes = [ligne.texte for ligne in lire_lignes(element)]
                texte = texte_propre("\n".join(lignes), multiligne=True)
                if not any(c.isalnum() for c in texte) or cle(texte) in fixes:
                    continue
                if genre in ("header", "footer") and cle(referentiel.titre) in cle(texte):
                    continue
                trouves.append(NonReconnu(texte, nom_de_partie))
    return trouves


def _morceaux(racine: Any, genre: str) -> list[Any]:
    if genre in ("header", "footer"):
        return [racine]
    if genre == "comments":
        return [c for c in racine.iter(f"{W}comment") if c.get(f"{W}author") != AUTEUR_DU_PORTAIL]
    return [n for n in racine.iter(f"{W}footnote", f"{W}endnote") if n.get(f"{W}type") in (None, "normal")]
