"""Sign-up without a password: a code by e-mail is enough to come back."""

from allauth.account.forms import SignupForm


class InscriptionForm(SignupForm):
    """The e-mail address alone.

    allauth shows a password on the login page only if sign-up knows of one (`ACCOUNT_SIGNUP_FIELDS`). Staff log in
    with a password, porteurs never choose any: the field is declared there, and taken away here.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)
