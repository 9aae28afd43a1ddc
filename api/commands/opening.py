"""Opens a ledger for the time of one command: its connections are closed when the command ends."""

import click

from api import opened
from api.opened import Clock, OpenedLedger
from api.settings import Settings
from ledger.store.database import SqlStore


def open_ledger(settings: Settings, clock: Clock) -> OpenedLedger:
    """A founded ledger. Raises StoreError and says what to do when it may not be used."""
    return _until_done(opened.open_ledger(settings, clock))


def found_ledger(settings: Settings, origin: str, clock: Clock) -> OpenedLedger:
    """A new ledger. Raises StoreError where the registrar's key is not in the folder."""
    return _until_done(opened.found_ledger(settings, origin, clock))


def open_store(settings: Settings) -> SqlStore:
    """The database alone, which an audit does not trust. Raises StoreError."""
    store = opened.open_store(settings)
    click.get_current_context().call_on_close(store.engine.dispose)
    return store


def _until_done(ledger: OpenedLedger) -> OpenedLedger:
    """The ledger, which is closed when the command ends."""
    click.get_current_context().call_on_close(ledger.store.engine.dispose)
    return ledger
