"""The forms of passkeys, in plain French."""

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm

NOM = "Nom de la clé"


class AjouterCleForm(AddWebAuthnForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label, self.fields["name"].help_text = (
            NOM,
            "Pour la reconnaître : « ordinateur du bureau ».",
        )
        self.fields["passwordless"].label = "Ouvrir aussi sans mot de passe"
        self.fields[
            "passwordless"
        ].help_text = "La clé suffit alors à entrer : l’appareil vérifie toujours l’empreinte, le visage ou le code."


class RenommerCleForm(EditWebAuthnForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = NOM
