"""The field of a code that came by mail: what it looks like, and how a telephone helps to type it."""

from allauth.account.forms import ConfirmEmailVerificationCodeForm, ConfirmLoginCodeForm, ConfirmPasswordResetCodeForm
from django import forms


class _CodeRecu(forms.Form):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.help_text = "Huit lettres, comme BCDF-GHJK, en majuscules ou en minuscules."
        code.error_messages["required"] = "Écrivez le code reçu par courriel."
        code.widget.attrs.pop("placeholder", None)
        code.widget.attrs |= {"autocapitalize": "characters", "autocorrect": "off", "spellcheck": "false"}


class CodeDeConnexionForm(_CodeRecu, ConfirmLoginCodeForm):
    pass


class CodeDAdresseForm(_CodeRecu, ConfirmEmailVerificationCodeForm):
    pass


class CodeDeMotDePasseForm(_CodeRecu, ConfirmPasswordResetCodeForm):
    pass
