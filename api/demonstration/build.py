"""Builds the demonstration: plays the season on a ledger of its own, then lists codes to try."""

import shutil
from typing import Final

from api.demonstration.cast import admit_cast, register_places
from api.demonstration.market import Pack, play_market
from api.demonstration.season import play_season
from api.demonstration.stage import ROOT, Stage, season_of, write_cases
from api.folder import FOLDER_MODE, LedgerFolder, write_private
from api.opened import Clock
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import StandingError
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code
from ledger.seam import Progress

KEYS_FOLDER: Final = "demo-keys"
SHOWN_SERIAL: Final = 7  # of each batch, the pack whose code is listed
HERB_CN: Final = "怀地黄"


def build_demonstration(settings: Settings, *, clock: Clock, progress: Progress) -> JsonObject:
    """Make the demonstration ledger in the folder; returns what `demo.json` says.

    On SQLite it appears whole or not at all. Raises StandingError `already_registered` when the
    folder holds anything.
    """
    place = settings.data.absolute()
    if place.exists() and any(place.iterdir()):
        raise StandingError("already_registered", f"{place} is not empty")
    if settings.database:
        return _play(settings, clock, progress)
    # Built beside its place and moved there in one step: an interrupted build leaves no half.
    building = place.with_name(place.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    shown = _play(settings.model_copy(update={"data": building}), clock, progress)
    if place.exists():
        place.rmdir()
    building.rename(place)
    return shown


def _play(settings: Settings, clock: Clock, progress: Progress) -> JsonObject:
    stage = Stage(settings, season=season_of(clock()))
    admit_cast(stage)
    dried = play_season(stage, register_places(stage))
    batches = play_market(stage, dried)
    stage.play(progress)
    # The season was recorded by a simulated clock; the last state leaf carries the real time.
    stage.opened.register.beat(now_ms=clock())
    _keep_keys(stage)
    secret = stage.opened.folder.secret()
    shown = write_cases(stage, [_case(batch, secret) for batch in batches])
    stage.opened.store.engine.dispose()
    return shown


def _case(batch: Pack, secret: bytes) -> dict[str, str]:
    lot_code = code_of_uri(batch.lot)
    return {
        "code": unit_code(lot_code, SHOWN_SERIAL, batch_key(secret, lot_code)),
        "lot": batch.lot,
        "herb": HERB_CN,
        "shows": batch.shows,
    }


def _keep_keys(stage: Stage) -> None:
    """Keep the devices' keys, so that a person can sign as one of the cast."""
    folder = LedgerFolder(stage.opened.settings.data).path / KEYS_FOLDER
    folder.mkdir(mode=FOLDER_MODE)
    for device, key in stage.keys.items():
        if device != ROOT:
            write_private(folder / f"{device}.pem", key.to_pem())
