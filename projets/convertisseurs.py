"""What an address may carry in the place of an argument (Django's path converters)."""

from django.urls.converters import StringConverter


class NumeroConverter(StringConverter):
    """The number of a project, without the null character, which PostgreSQL refuses to compare: such an address is unknown."""

    regex = r"[^/\x00]+"
