"""Settings of the load: those of the measures, with mails written in the outbox and no limit on one machine that plays forty."""

from tests.banc.reglages import *  # noqa: F403
