"""The bilan as a Word file, on the web: choosing the file, and what its reading has to say beside the fields."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import forms

from .. import bilans_word
from ..bilans import empreinte_de
from ..constats import Constat, Gravite
from ..models import Bilan, Piece
from ..versions import Changement
from .bilan import SaisieBilan
from .porteur import FichierForm


class BilanWordForm(FichierForm):
    """The file, and the fingerprint of the bilan that was shown when it was chosen."""

    empreinte = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fichier"].label = "Votre bilan Word"

    def rafraichi(self, bilan: Bilan) -> "BilanWordForm":
        """The same form, refused, with the bilan as it is now: a second try is made knowingly."""
        self.data = self.data.copy()
        self.data["empreinte"] = empreinte_de(bilan)
        return self

    @classmethod
    def pour(cls, bilan: Bilan) -> "BilanWordForm":
        return cls(initial={"empreinte": empreinte_de(bilan)})


@dataclass(frozen=True)
class LectureAffichee:
    """What the last file said, as the page shows it; ``resume`` goes by gravity: code, title, constats with their anchors."""

    piece: Piece | None
    resume: list[tuple[str, str, list[tuple[Constat, str]]]]
    changements: tuple[Changement, ...]
    non_reconnu: list[dict[str, str]]

    @classmethod
    def de(cls, bilan: Bilan, saisie: SaisieBilan) -> "LectureAffichee | None":
        """Ties each remark to its field; None when no file was read, or when everything it left was seen."""
        if not bilan.lecture:
            return None
        titres = {
            Gravite.BLOQUANT: "À corriger avant de déposer",
            Gravite.A_VERIFIER: "À vérifier",
            Gravite.CONSEIL: "Conseils",
        }
        remarques = bilans_word.remarques(bilan)
        poses = [(_nommer(constat, saisie), ancre) for constat, ancre in _poser(saisie, remarques)]
        poses += _poser(saisie, bilans_word.manques_restants(bilan, remarques))
        groupes = ((g.value, titre, _sans_redite(poses, g)) for g, titre in titres.items())
        return cls(
            piece=bilan.exercice.bilans_en_word.first(),
            resume=[groupe for groupe in groupes if groupe[2]],
            changements=bilans_word.changements(bilan),
            non_reconnu=bilan.lecture.get("non_reconnu", []),
        )

    @property
    def nombre_bloquants(self) -> int:
        return sum(len(constats) for code, _, constats in self.resume if code == Gravite.BLOQUANT)


def _poser(saisie: SaisieBilan, constats: Iterable[Constat]) -> list[tuple[Constat, str]]:
    """Ties each remark to its field; gives them back with the anchor to go to."""
    poses = []
    for constat in constats:
        lie = _champ(saisie, constat.champ)
        if lie is None:
            poses.append((constat, f"id_{constat.champ}" if constat.champ else ""))
            continue
        lie.field.constats.append(constat)
        morceaux = (f"{lie.auto_id}_helptext" if lie.help_text else "", f"{lie.auto_id}_error" if lie.errors else "")
        demande = f"{lie.auto_id}_demande" if getattr(lie.field, "retour", None) else ""
        decrit = (*filter(None, (demande, *morceaux)), f"{lie.auto_id}_constats")
        lie.field.widget.attrs["aria-describedby"] = " ".join(decrit)
        poses.append((constat, lie.auto_id))
    return poses


def _champ(saisie: SaisieBilan, nom: str) -> forms.BoundField | None:
    if nom in saisie.form.fields:
        return saisie.form[nom]
    prefixe, _, reste = nom.partition("-")
    rang, _, colonne = reste.partition("-")
    if prefixe == saisie.ajouts.prefix and rang.isdecimal() and int(rang) < len(saisie.ajouts.forms):
        return saisie.ajouts.forms[int(rang)][colonne]
    return None


def _nommer(constat: Constat, saisie: SaisieBilan) -> Constat:
    """The same remark with the name of its answer in front, to be understood far from it."""
    nom = _nom(saisie, constat.champ)
    if not nom or nom in constat.message:
        return constat
    return replace(constat, message=f"{nom} : {constat.message}")


def _nom(saisie: SaisieBilan, champ: str) -> str:
    """The answer of a field in words: its account, its indicator, its line, else its label."""
    genre, _, pk = champ.partition("_")
    if genre == "ligne" and int(pk) in saisie.form.lignes:
        return saisie.form.lignes[int(pk)].libelle
    if genre in ("indicateur", "appreciation") and int(pk) in saisie.form.indicateurs:
        return saisie.form.indicateurs[int(pk)].libelle
    if champ.startswith(f"{saisie.ajouts.prefix}-"):
        return f"Ce qui n’était pas prévu, ligne {int(champ.split('-')[1]) + 1}"
    return saisie.form.fields[champ].label if champ in saisie.form.fields else ""


def _sans_redite(poses: list[tuple[Constat, str]], gravite: Gravite) -> list[tuple[Constat, str]]:
    """The remarks of one gravity; a sentence that ten fields deserve is said once, on the first of them."""
    uniques: dict[tuple[str, str], tuple[Constat, str]] = {}
    for constat, ancre in poses:
        if constat.gravite is gravite:
            uniques.setdefault((constat.message, constat.extrait), (constat, ancre))
    return list(uniques.values())
