"""Two people on one file: every change of one side alone is kept, whatever the order, and nothing else is overwritten."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from projets.dossier import Charge, Dossier, Partenaire
from projets.fusion import empreintes, fusionner

SIMPLES = ("titre", "resume", "nombre_parents", "parcours", "engagement_bilan")
MOTS = st.sampled_from(["", "a", "b", "c"])
DOSSIERS = st.builds(
    Dossier,
    titre=MOTS,
    resume=MOTS,
    nombre_parents=st.sampled_from([None, 0, 1]),
    parcours=st.sampled_from([(), ("a",), ("a", "b")]),
    engagement_bilan=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(base=DOSSIERS, un=DOSSIERS, deux=DOSSIERS)
def test_chaque_reponse_suit_celui_qui_l_a_changee(base, un, deux):
    """``un`` saved first; ``deux`` saves from a page that had shown ``base``."""
    fusion = fusionner(empreintes(base, SIMPLES), deux, un, SIMPLES)
    for nom in SIMPLES:
        avant, la, ici = (getattr(dossier, nom) for dossier in (base, un, deux))
        garde = getattr(fusion.dossier, nom)
        if la != avant and ici not in (avant, la):
            assert nom in fusion.conflits
            assert garde == la, "un conflit n’écrase rien"
        else:
            assert nom not in fusion.conflits
            assert garde == (ici if ici != avant else la)


MONTANTS = st.dictionaries(st.sampled_from(["60-A", "60-B", "61-C"]), st.integers(1, 3), max_size=3)


def budget(montants):
    return Dossier(charges=tuple(Charge(compte, "", Decimal(montants[compte])) for compte in sorted(montants)))


@settings(max_examples=150, deadline=None)
@given(base=MONTANTS, un=MONTANTS, deux=MONTANTS)
def test_deux_lignes_de_budget_changees_par_deux_personnes_sont_gardees(base, un, deux):
    fusion = fusionner(empreintes(budget(base), ["charges"]), budget(deux), budget(un), ["charges"])
    comptes = {*base, *un, *deux}
    conflit = any(un.get(c) != base.get(c) and deux.get(c) != base.get(c) and un.get(c) != deux.get(c) for c in comptes)
    assert bool(fusion.conflits) == conflit
    lues = {ligne.compte: int(ligne.montant_n) for ligne in fusion.dossier.charges}
    attendues = {c: deux.get(c) if deux.get(c) != base.get(c) else un.get(c) for c in comptes}
    assert lues == (un if conflit else {c: montant for c, montant in attendues.items() if montant is not None})


LIGNES = st.lists(st.sampled_from("abcde"), max_size=4, unique=True)


def partenaires(noms):
    return Dossier(partenaires=tuple(Partenaire(nom) for nom in noms))


@settings(max_examples=200, deadline=None)
@given(base=LIGNES, un=LIGNES, deux=LIGNES)
def test_deux_personnes_ajoutent_et_retirent_des_lignes(base, un, deux):
    """What each side added is there, what each side removed is not; only a row that both removed is a conflict."""
    fusion = fusionner(
        empreintes(partenaires(base), ["partenaires"]), partenaires(deux), partenaires(un), ["partenaires"]
    )
    lus = [ligne.nom for ligne in fusion.dossier.partenaires]
    if fusion.conflits:
        assert {*base} - {*un} & {*base} - {*deux}
        assert lus == un
        return
    assert len(lus) == len({*lus})
    if base != un and base != deux and un != deux:
        assert {*lus} == ({*un} | ({*deux} - {*base})) - ({*base} - {*deux})
    assert {*lus} >= ({*un} - {*base}) | ({*deux} - {*base})


def test_une_page_n_ecrit_que_ses_questions():
    saisi, actuel = Dossier(titre="ici", resume="volé"), Dossier(titre="là", resume="gardé")
    fusion = fusionner(empreintes(actuel, ["titre"]), saisi, actuel, ["titre"])
    assert fusion.dossier == Dossier(titre="ici", resume="gardé")
