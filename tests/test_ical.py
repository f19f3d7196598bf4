"""What is written as iCalendar reads back as it was, whatever the titles hold, in lines that every program accepts."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from projets.agenda import Evenement
from projets.documents.ical import ecrire
from projets.questionnaire import texte_propre

PORTAIL = "https://portail.example.org/"
MOMENT = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
HOSTILES = st.text(
    st.sampled_from("aé€\U0001f600\u0301 ,;:\\\"'\r\n\t\x00\x0b\u2028nN«»=BEGIN:VEVENT") | st.characters(), max_size=200
)


def evenement(**changements: object) -> Evenement:
    return Evenement(
        **{"uid": "x-1", "titre": "Titre", "debut": MOMENT, "chemin": "/x/", "modifie_le": MOMENT, **changements}
    )


def relire(octets: bytes) -> list:
    return list(Calendar.from_ical(octets).walk("VEVENT"))


@given(titre=HOSTILES, lieu=HOSTILES, description=HOSTILES)
def test_textes_hostiles_se_relisent_tels_quels(titre: str, lieu: str, description: str) -> None:
    octets = ecrire([evenement(titre=titre, lieu=lieu, description=description)], PORTAIL, nom="Agenda")
    octets.decode("utf-8")
    lignes = octets.split(b"\r\n")
    assert lignes[-1] == b""
    assert all(len(ligne) <= 75 for ligne in lignes)
    assert b"\n" not in octets.replace(b"\r\n", b"")
    (lu,) = relire(octets)  # one event: a title never opens another one
    assert str(lu["SUMMARY"]) == texte_propre(titre)
    assert str(lu.get("LOCATION", "")) == texte_propre(lieu)
    assert str(lu["DESCRIPTION"]).endswith("https://portail.example.org/x/")


def test_une_seance_est_un_moment_et_une_echeance_un_jour() -> None:
    seance = evenement(fin=MOMENT + timedelta(minutes=90), sequence=3, annule=True)
    lue, jour = relire(ecrire([seance, evenement(uid="x-2", debut=date(2026, 12, 31))], PORTAIL))
    assert lue["DTSTART"].dt == MOMENT
    assert lue["DTEND"].dt == MOMENT + timedelta(minutes=90)
    assert (lue["SEQUENCE"], str(lue["STATUS"]), str(lue["UID"])) == (3, "CANCELLED", "x-1@portail.example.org")
    assert (jour["DTSTART"].dt, jour["DTEND"].dt) == (date(2026, 12, 31), date(2027, 1, 1))
    assert (str(jour["STATUS"]), str(jour["TRANSP"]), str(lue["TRANSP"])) == ("CONFIRMED", "TRANSPARENT", "OPAQUE")
    assert lue["DTSTAMP"].dt == lue["LAST-MODIFIED"].dt == MOMENT


def test_l_abonnement_dit_quand_le_relire_et_le_fichier_non() -> None:
    abonnement = ecrire([evenement()], PORTAIL, nom="Cité éducative")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in abonnement
    assert b"X-PUBLISHED-TTL:PT6H\r\n" in abonnement
    assert b"METHOD" not in abonnement
    fichier = ecrire([evenement()], PORTAIL, methode="PUBLISH")
    assert b"METHOD:PUBLISH\r\n" in fichier
    assert b"REFRESH" not in fichier
    assert abonnement.startswith(b"BEGIN:VCALENDAR\r\nPRODID:")


def test_les_memes_evenements_sont_les_memes_octets() -> None:
    assert ecrire([evenement()], PORTAIL) == ecrire([evenement()], PORTAIL)
