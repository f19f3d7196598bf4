"""The accounts of the bench."""

MOT_DE_PASSE = "un-mot-de-passe-d-essai"
PORTEUR, COORDINATION = "porteur@example.org", "coordinateur-en@example.org"
