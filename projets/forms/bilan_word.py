"""The bilan as a Word file, on the web: choosing the file, and what its reading has to say beside the fields."""

from dataclasses import dataclass
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
        poses = saisie.poser(bilans_word.constats(bilan))
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


def _sans_redite(poses: list[tuple[Constat, str]], gravite: Gravite) -> list[tuple[Constat, str]]:
    """The remarks of one gravity; a sentence that ten fields deserve is said once, on the first of them."""
    uniques: dict[tuple[str, str], tuple[Constat, str]] = {}
    for constat, ancre in poses:
        if constat.gravite is gravite:
            uniques.setdefault((constat.message, constat.extrait), (constat, ancre))
    return list(uniques.values())
