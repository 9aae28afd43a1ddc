"""Opens a ledger for the time of one command: its connections are closed when the command ends."""

import click

from api.access import Caller
from api.logs import configure_logs
from api.opened import ledger as opened
from api.opened.ledger import Clock, OpenedLedger
from api.settings import Settings
from ledger.errors import StandingError
from ledger.store.database import SqlStore


def open_ledger(settings: Settings, clock: Clock) -> OpenedLedger:
    """A founded ledger. Raises StoreError and says what to do when it may not be used."""
    configure_logs()
    return until_done(opened.open_ledger(settings, clock))


def open_store(settings: Settings) -> SqlStore:
    """The database alone, which an audit does not trust. Raises StoreError."""
    configure_logs()
    store = opened.open_store(settings)
    click.get_current_context().call_on_close(store.engine.dispose)
    return store


def caller_named(ledger: OpenedLedger, actor: str) -> Caller:
    """An actor as the server knows it by its token, so that it may no more here than there.

    Raises StandingError `unknown_actor`, `actor_suspended`.
    """
    record = ledger.replica.registry.actors.get(actor)
    if record is None:
        raise StandingError("unknown_actor", f"no actor {actor!r}")
    if record.suspended:
        raise StandingError("actor_suspended", record.name)
    return Caller(actor=record.actor, name=record.name, roles=frozenset(record.roles))


def until_done(ledger: OpenedLedger) -> OpenedLedger:
    """The ledger, which is closed when the command ends."""
    click.get_current_context().call_on_close(ledger.store.engine.dispose)
    return ledger
