"""How long things are kept, in the administration: one line per kind of data whose length is not the usual one."""

from django.contrib import admin

from correspondants.admin import AdminDuPortail

from ..enums_portail import Conservation
from ..models import DureeConservation


@admin.register(DureeConservation)
class DureeConservationAdmin(AdminDuPortail):
    """Without a line, the usual length applies: it is printed on « Vos données personnelles »."""

    list_display = ("categorie", "jours", "par_defaut", "comptees_depuis")

    @admin.display(description="durée habituelle (jours)")
    def par_defaut(self, duree: DureeConservation) -> int:
        return Conservation(duree.categorie).jours_par_defaut

    @admin.display(description="comptés depuis")
    def comptees_depuis(self, duree: DureeConservation) -> str:
        return Conservation(duree.categorie).depuis
