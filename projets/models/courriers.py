"""What the cité writes to porteurs once a meeting is published: its writing paper, its wording, and the letters as they left."""

from django.core.exceptions import ValidationError
from django.db import models

from ..enums import SensDecision
from ..mots_cles import MOTS_CLES, anomalies
from .appel import Appel
from .instruction import Decision


class PapierEnTeteManager(models.Manager["PapierEnTete"]):
    def get_by_natural_key(self, appel: str) -> "PapierEnTete":
        return self.get(appel__code=appel)


class PapierEnTete(models.Model):
    """The writing paper of a call: head, place, who signs, where a decision is contested."""

    appel = models.OneToOneField(Appel, models.CASCADE, related_name="papier")
    institutions = models.TextField(
        "institutions", blank=True, help_text="Sous le nom de la cité éducative, une par ligne."
    )
    adresse = models.TextField("adresse", blank=True, help_text="L’adresse postale, telle que sur une enveloppe.")
    contact = models.TextField("contact", blank=True, help_text="Téléphone, courriel, horaires : une ligne chacun.")
    lieu = models.CharField("fait à", max_length=100, blank=True)
    signataires = models.JSONField(
        "signataires",
        default=list,
        blank=True,
        help_text="Une qualité par ligne, sans nom : « Pour la ville ». Chacune a sa place pour signer.",
    )
    recours = models.TextField(
        "voies et délais de recours",
        blank=True,
        help_text="Imprimés sur tout refus, et sur toute décision qui n’accorde pas ce qui était demandé. "
        "Un paragraphe par ligne ; une ligne qui commence par un tiret devient un point de liste. "
        "Vide : le texte général du portail.",
    )

    objects = PapierEnTeteManager()

    class Meta:
        verbose_name = "papier à en-tête"
        verbose_name_plural = "papiers à en-tête"
        ordering = ["appel"]

    def __str__(self) -> str:
        return f"Papier à en-tête · {self.appel}"

    def natural_key(self) -> tuple[str]:
        return (self.appel.code,)


class ModeleLettreManager(models.Manager["ModeleLettre"]):
    def get_by_natural_key(self, appel: str, sens: str) -> "ModeleLettre":
        return self.get(appel__code=appel, sens=sens)


class ModeleLettre(models.Model):
    """The wording of one kind of letter. Words in braces are replaced by the facts of the project, once and only once."""

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="modeles_lettres")
    sens = models.CharField("décision", max_length=20, choices=SensDecision)
    objet = models.CharField("objet", max_length=300)
    corps = models.TextField("corps de la lettre")

    objects = ModeleLettreManager()

    class Meta:
        verbose_name = "modèle de lettre"
        verbose_name_plural = "modèles de lettres"
        ordering = ["appel", "sens"]
        constraints = [models.UniqueConstraint(fields=["appel", "sens"], name="modele_lettre_unique")]

    def __str__(self) -> str:
        return f"Lettre « {self.get_sens_display()} » · {self.appel}"

    def natural_key(self) -> tuple[str, str]:
        return (self.appel.code, self.sens)

    def clean(self) -> None:
        """Every word in braces is known, and the facts that the letter exists for are in it."""
        fautes = {
            champ: trouvees
            for champ, trouvees in (
                ("objet", anomalies(self.objet, [cle for cle, mot in MOTS_CLES.items() if not mot.est_un_bloc])),
                ("corps", anomalies(self.corps, MOTS_CLES, sens=self.sens)),
            )
            if trouvees
        }
        if fautes:
            raise ValidationError(fautes)


class LettreQuerySet(models.QuerySet["Lettre"]):
    def publiees(self) -> "LettreQuerySet":
        return self.filter(decision__publiee=True)

    def dans_l_ordre(self) -> "LettreQuerySet":
        """As the agendas went, the latest meeting last."""
        return self.order_by("creee_le", "decision__point__rang", "pk")


class Lettre(models.Model):
    """The letter of one published decision, word for word as it was written that day: nothing changes it afterwards.

    ``donnees`` is what ``lettres.Courrier`` makes of it; PDF and Word are drawn from it whenever they are asked for.
    """

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="lettre")
    reference = models.CharField("référence", max_length=30, unique=True)
    donnees = models.JSONField("contenu")
    creee_le = models.DateTimeField("écrite le", auto_now_add=True)

    objects = LettreQuerySet.as_manager()

    class Meta:
        ordering = ["-creee_le", "-pk"]

    def __str__(self) -> str:
        return self.reference
