"""The opening pack of a meeting: agenda, envelopes, then one summary sheet per project, with room for notes by hand.

It opens the discussion: no voice and no pending decision is in it. A reader who carries one of the projects does not read
what the services say of it (opinions, remarks).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils import timezone

from correspondants.models import Utilisateur

from ..blocs import Bloc, Faits, Imprime, Lignes, Liste, Paragraphe, Titre, paragraphes, tableau
from ..budget import SyntheseBudget, ensemble, syntheses
from ..dossier import Dossier
from ..enveloppes import SituationEnveloppe, additionner, situations
from ..models import Bilan, SeanceTroika
from ..questionnaire import Referentiel
from ..seances import Fiche, fiches
from ..valeurs import date_courte, date_longue, euros, nombre
from .enveloppes import dire_depassement

INTERVENTIONS_MONTREES = 15
BILANS_MONTRES = 3  # per structure
LIGNES_DE_NOTES = 4
Bilans = dict[int, list[Bilan]]


def composer(seance: SeanceTroika, lecteur: Utilisateur) -> Imprime:
    """The pack for one reader, in the same number of queries however long the agenda is."""
    agenda = fiches(seance, lecteur)
    prefetch_related_objects([avis for fiche in agenda for avis in fiche.avis_scolaires], "par")
    bilans = _derniers_bilans(agenda)
    referentiel = seance.appel.referentiel()
    dossiers = [fiche.projet.contenu for fiche in agenda]
    jour = date_longue(timezone.localtime(seance.date).date())
    blocs: list[Bloc] = [*_couverture(seance, agenda, dossiers, lecteur)]
    for fiche, dossier in zip(agenda, dossiers, strict=True):
        blocs += _fiche(fiche, dossier, referentiel, bilans)
    return Imprime(
        titre=f"Dossier de la séance du {jour}",
        cite=seance.appel.cite,
        appel_titre=seance.appel.titre,
        reference=f"Troïka du {jour}",
        blocs=tuple(blocs),
    )


def _derniers_bilans(agenda: list[Fiche]) -> Bilans:
    """The bilans of the last civil year that each structure reported on, by structure."""
    structures = {fiche.projet.structure_id for fiche in agenda} - {None}
    deposes = (
        Bilan.objects.deposes()
        .filter(exercice__projet__structure__in=structures)
        .select_related("exercice__projet")
        .prefetch_related("lignes", "exercice__montants_accordes__decision")
        .order_by("-exercice__annee", "exercice__projet__numero")
    )
    par_structure: Bilans = defaultdict(list)
    for bilan in deposes if structures else ():
        retenus = par_structure[bilan.exercice.projet.structure_id]
        if not retenus or retenus[0].exercice.annee == bilan.exercice.annee:
            retenus.append(bilan)
    return par_structure


# --- cover ----------------------------------------------------------------------------------------------------------


def _couverture(
    seance: SeanceTroika, agenda: list[Fiche], dossiers: list[Dossier], lecteur: Utilisateur
) -> Iterator[Bloc]:
    moment = timezone.localtime(seance.date)
    demandes: dict[int, Decimal] = defaultdict(Decimal)
    for fiche in agenda:
        for exercice in fiche.projet.exercices.all():
            demandes[exercice.annee] += exercice.montant_demande
    yield Titre("Dossier de séance de la troïka", 1)
    faits = [("Séance du", f"{date_longue(moment.date())} à {moment:%H:%M}")]
    if agenda:
        faits.append(("Fin prévue", f"vers {timezone.localtime(agenda[-1].fin):%H:%M}"))
    if seance.lieu:
        faits.append(("Lieu", seance.lieu))
    faits.append(("Projets à l’ordre du jour", str(len(agenda))))
    faits.append(("Demandé en tout", euros(sum(demandes.values(), Decimal(0)))))
    yield Faits("La séance", tuple(faits))
    if not agenda:
        yield Paragraphe("L’ordre du jour est vide.", ton="alerte")
    else:
        yield tableau(
            "Ordre du jour",
            ("N°", "Heure", "Numéro", "Projet", "Structure", "Demandé"),
            [
                (
                    str(fiche.rang),
                    f"{timezone.localtime(fiche.debut):%H:%M}\n{fiche.point.duree_minutes} min",
                    fiche.projet.numero,
                    _titre(dossier),
                    fiche.structure,
                    euros(fiche.demande),
                )
                for fiche, dossier in zip(agenda, dossiers, strict=True)
            ],
            nombres=(5,),
            parts=(1, 2, 3, 7, 4, 3),
        )
    yield Titre("Enveloppes")
    annees = sorted(demandes) or [moment.year]
    toutes = situations([seance.appel_id], annees, lecteur=lecteur)
    for annee in annees:
        yield from _enveloppes([s for s in toutes if s.annee == annee], annee, demandes[annee])


def _titre(dossier: Dossier) -> str:
    return " ".join(dossier.titre.split()) or "Projet sans titre"


def _enveloppes(siennes: list[SituationEnveloppe], annee: int, demande: Decimal) -> Iterator[Bloc]:
    """Voted, moved, granted by published decisions, left; what is asked is of no funder yet, so it stands in the total."""
    siennes = [s for s in siennes if s.vote or s.mouvements or s.engage]
    if not siennes:
        yield Paragraphe(f"Aucune enveloppe n’est votée ; {euros(demande)} demandés.", f"{annee} :")
        return
    bouge = any(s.ajouts or s.retraits or s.transferts for s in siennes)
    tout = additionner(siennes, annee, "Ensemble")
    rangees = [
        (s.libelle, euros(s.vote), *([euros(s.mouvements)] if bouge else []), euros(s.engage), euros(s.reste_publie))
        for s in (*siennes, tout)
    ]
    rangees = [(*rangee, euros(demande) if rang == len(siennes) else "") for rang, rangee in enumerate(rangees)]
    mouvements = ["Ajouts et transferts"] if bouge else []
    entetes = ("Financeur", "Voté", *mouvements, "Déjà accordé", "Reste", "Demandé dans cette séance")
    yield tableau(
        f"Année {annee}",
        entetes,
        rangees,
        nombres=range(1, len(entetes)),
        parts=(5, *[3] * (len(entetes) - 2), 4),
        total=True,
    )
    for s in siennes:
        yield from dire_depassement(s.nom, s.depassement_publie, s.motifs_publies)
    if demande > tout.reste_publie:
        manque = euros(demande - tout.reste_publie)
        yield Paragraphe(f"Les demandes de cette séance dépassent ce qui reste de {manque}.", ton="alerte")


# --- sheets ---------------------------------------------------------------------------------------------------------


def _fiche(fiche: Fiche, dossier: Dossier, referentiel: Referentiel, bilans: Bilans) -> Iterator[Bloc]:
    yield Titre(f"{fiche.rang}. {_titre(dossier)}", nouvelle_page=True)
    yield Faits(f"Le projet {fiche.projet.numero}", tuple(_faits(fiche, dossier, referentiel)), est_detaille=True)
    yield from paragraphes(dossier.resume or "Pas de résumé.", "Résumé.")
    if dossier.interventions:
        yield _interventions(dossier, referentiel)
    yield from _avis(fiche)
    yield _budget(dossier)
    if dossier.materiels:
        yield _materiel(dossier)
    yield from _remarques(fiche)
    yield from _resultats(fiche, bilans)
    if fiche.visible:
        vides = [(voix.pilote.label, "Se déporte" if voix.deport else "", "") for voix in fiche.voix]
        yield tableau("Voix", ("Pilote", "Voix", "Motif ou remarque"), vides, parts=(4, 3, 7))
        yield Lignes("Notes", LIGNES_DE_NOTES)


def _faits(fiche: Fiche, dossier: Dossier, referentiel: Referentiel) -> Iterator[tuple[str, str]]:
    def noms(liste: str, codes: Iterable[str]) -> str:
        return " ; ".join(referentiel.libelle(liste, code) for code in codes)

    suite = f" ({dossier.projet_precedent})" if dossier.projet_precedent else ""
    genre = ", ".join(filter(None, (referentiel.libelle("reconductions", dossier.reconduction), fiche.edition)))
    yield "Numéro", f"{fiche.projet.numero} · {genre}{suite}"
    nature = referentiel.libelle("natures", dossier.structure_nature)
    yield "Structure", " · ".join(filter(None, (dossier.structure_nom, nature, dossier.structure_commune)))
    yield (
        "Contact",
        " · ".join(filter(None, (dossier.porteur_nom, dossier.porteur_courriel, dossier.porteur_telephone))),
    )
    yield "Calendrier", _periode(dossier)
    yield "Public", fiche.public or "Non précisé"
    objectif = dossier.objectif_principal
    yield "Objectif principal", f"{objectif} {referentiel.libelle('objectifs', objectif)}".strip() or "Non précisé"
    autres = "\n".join(f"{code} {referentiel.libelle('objectifs', code)}" for code in dossier.objectifs_secondaires)
    lieux = " ; ".join(filter(None, (noms("etablissements", dossier.etablissements), dossier.autres_lieux)))
    for libelle, valeur in (
        ("Autres objectifs", autres),
        ("Parcours", noms("parcours", dossier.parcours)),
        ("Enjeux transversaux", noms("transversalites", dossier.transversalites)),
        ("Dispositifs", noms("dispositifs", dossier.dispositifs)),
        ("Quartiers", noms("quartiers", dossier.quartiers)),
        ("Établissements et lieux", lieux),
        ("Partenaires", " ; ".join(partenaire.nom for partenaire in dossier.partenaires)),
    ):
        if valeur:
            yield libelle, valeur


def _periode(dossier: Dossier) -> str:
    debut, fin = dossier.date_debut, dossier.date_fin
    if debut and fin and debut != fin:
        return f"du {date_longue(debut)} au {date_longue(fin)}"
    return f"le {date_longue(debut or fin)}" if debut or fin else "Dates non précisées"


def _interventions(dossier: Dossier, referentiel: Referentiel) -> Bloc:
    rangees = [
        (
            i.intitule or "Intervention",
            " – ".join(dict.fromkeys(filter(None, (date_courte(i.debut), date_courte(i.fin))))),
            ", ".join(filter(None, (i.etablissement, i.classe, i.lieu))),
            f"{nombre(i.duree_heures)} h" if i.duree_heures else "",
            referentiel.libelle("temps", i.temps),
        )
        for i in dossier.interventions[:INTERVENTIONS_MONTREES]
    ]
    autres = len(dossier.interventions) - len(rangees)
    legende = "Interventions" + (f" (les {len(rangees)} premières ; {autres} autres dans le dossier)" if autres else "")
    entetes = ("Intervention", "Dates", "Où, avec qui", "Durée", "Temps")
    return tableau(legende, entetes, rangees, nombres=(3,), parts=(7, 5, 7, 3, 5))


def _avis(fiche: Fiche) -> Iterator[Bloc]:
    """Sense, motive and author of each opinion; none of it for the porteur."""
    yield Titre("Avis sur le temps scolaire", 3)
    if not fiche.avis_scolaires:
        yield Paragraphe("Aucun avis n’était nécessaire.")
    for avis in fiche.avis_scolaires:
        autorite = f"{avis.nom_autorite} :"
        if not avis.est_rendu:
            yield Paragraphe("attendu.", autorite)
        elif not fiche.visible:
            yield Paragraphe("rendu.", autorite)
        else:
            auteur = "par le lien du courriel" if avis.par_lien else f"par {avis.par}" if avis.par else ""
            jour = date_longue(timezone.localtime(avis.rendu_le).date())
            yield Paragraphe(f"{avis.get_sens_display().lower()} ({auteur}, le {jour}).", autorite)
            yield from paragraphes(avis.motif, ton="citation")


def _budget(dossier: Dossier) -> Bloc:
    """One row per civil year, and a total of several. Cash only: voluntary contributions cost nobody money."""

    def rangee(titre: str, synthese: SyntheseBudget) -> tuple[str, ...]:
        part = "—" if synthese.part is None else f"{nombre(synthese.part, decimales=0)} %"
        charges, demande, enfants = synthese.charges, synthese.demande, dossier.nombre_enfants
        cout, aide = (euros(charges / enfants), euros(demande / enfants)) if enfants else ("—", "—")
        return titre, euros(charges), euros(demande), euros(synthese.produits - demande), part, cout, aide

    rangees = [rangee(str(synthese.annee), synthese) for synthese in syntheses(dossier)]
    plusieurs = len(rangees) > 1
    if plusieurs:
        rangees.append(rangee("Total", ensemble(dossier)))
    entetes = (
        "Année civile", "Budget total", "Demandé à la cité", "Autres financements", "Part demandée", "Coût par enfant",
        "Demandé par enfant",
    )  # fmt: skip
    return tableau("Budget", entetes, rangees, nombres=range(1, 7), parts=(2, 3, 3, 4, 3, 3, 3), total=plusieurs)


def _materiel(dossier: Dossier) -> Bloc:
    rangees = [
        (
            m.designation or "Matériel",
            nombre(m.quantite),
            euros(m.prix_unitaire_ht),
            euros((m.quantite or 0) * (m.prix_unitaire_ht or 0)),
            str(m.annee or ""),
        )
        for m in dossier.materiels
    ]
    entetes = ("Matériel", "Quantité", "Prix unitaire HT", "Total HT", "Année")
    return tableau("Matériel", entetes, rangees, nombres=(1, 2, 3), parts=(8, 2, 3, 3, 2))


def _remarques(fiche: Fiche) -> Iterator[Bloc]:
    """What the rules and the calendar of the bilans say; for the porteur's eyes, that they are not for them."""
    if not fiche.visible:
        yield Paragraphe("Vous portez ce projet : ce que les services en disent ne vous est pas montré.", ton="doux")
        return
    if fiche.retards:
        yield Titre("Bilans en retard de la structure", 3)
        yield Liste(
            tuple(
                f"Bilan {e.annee} du projet {e.projet.numero}, attendu le {date_longue(e.echeance_bilan)} : "
                "rien ne peut être accordé avant sa remise."
                for e in fiche.retards
            )
        )
    if fiche.constats:
        yield Titre("À regarder dans le dossier", 3)
        yield Liste(tuple(constat.message for constat in fiche.constats))


def _resultats(fiche: Fiche, bilans: Bilans) -> Iterator[Bloc]:
    """What the structure did with what it was granted, the last civil year it reported on."""
    liste = [b for b in bilans.get(fiche.projet.structure_id, ()) if b.exercice.projet_id != fiche.projet.pk]
    if not liste:
        return
    rangees = []
    for bilan in liste[:BILANS_MONTRES]:
        accorde = sum((m.montant for m in bilan.exercice.montants_accordes.all() if m.decision.publiee), Decimal(0))
        comptes = [effectif for effectif in (bilan.filles, bilan.garcons) if effectif is not None]
        rangees.append(
            (
                f"{bilan.exercice.projet.titre}\n{bilan.exercice.projet.numero} · bilan {bilan.get_statut_display().lower()}",
                bilan.get_issue_display(),
                euros(accorde),
                euros(bilan.total("charge", "prevu")),
                euros(bilan.total("charge", "realise")),
                f"{nombre(sum(comptes)) if comptes else '—'} sur {nombre(bilan.exercice.projet.nombre_enfants)} prévus",
            )
        )
    annee, autres = liste[0].exercice.annee, len(liste) - len(rangees)
    legende = f"Résultats {annee} de la structure" + (
        f" ({len(rangees)} projets sur {len(liste)})" if autres > 0 else ""
    )
    entetes = ("Projet", "Issue", "Accordé", "Charges prévues", "Charges réalisées", "Enfants touchés")
    yield tableau(legende, entetes, rangees, nombres=(2, 3, 4, 5), parts=(8, 4, 4, 4, 4, 4))
