"""Builds the demonstration: plays the seasons on a ledger of its own, then lists codes to try."""

import json
import shutil
from collections.abc import Sequence
from typing import Final

from api.demonstration.achyranthes import play_achyranthes
from api.demonstration.aftermath import pack_code, play_aftermath
from api.demonstration.cast import admit_cast, register_places
from api.demonstration.chrysanthemum import play_chrysanthemum
from api.demonstration.decoction import HERB_CN as DECOCTION
from api.demonstration.decoction import play_decoction
from api.demonstration.hills import play_chuanmingshen, play_gastrodia
from api.demonstration.mark import ORIGIN
from api.demonstration.market import Pack
from api.demonstration.rehmannia import play_rehmannia
from api.demonstration.stage import FOUNDED, ROOT, WRITTEN_FOR, Stage, season_of, written_ms
from api.demonstration.steamed import play_steamed
from api.demonstration.yam import play_yam
from api.opened.folder import FOLDER_MODE, LedgerFolder, write_private
from api.opened.ledger import Clock, found_ledger
from api.scans import count_scan
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import StandingError
from ledger.herbs.identifiers import code_of_uri
from ledger.seam import Progress

KEYS_FOLDER: Final = "demo-keys"
SHOWN_SERIAL: Final = 7  # of each batch, the pack whose code is listed
DAY_MS: Final = 86_400_000
# Where copies of one code were seen: days ago, province, times. In all above any family's use.
SIGHTINGS: Final = ((16, "河南", 3), (12, "四川", 21), (9, "广东", 26), (4, "辽宁", 14))


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


def write_cases(stage: Stage, packs: Sequence[Pack]) -> JsonObject:
    """Write `demo.json`, the list of codes to try; returns what it says."""
    shown: JsonObject = {"cases": [_case(stage, goods) for goods in packs]}
    text = json.dumps(shown, ensure_ascii=False, indent=2)
    stage.opened.folder.demo.write_text(text + "\n", encoding="utf-8")
    return shown


def _play(settings: Settings, clock: Clock, progress: Progress) -> JsonObject:
    shift_years = season_of(clock()) - WRITTEN_FOR
    founded_ms = written_ms(FOUNDED, shift_years=shift_years)
    stage = Stage(found_ledger(settings, ORIGIN, lambda: founded_ms), shift_years=shift_years)
    packs = _plan(stage)
    stage.play(progress)
    # The seasons were recorded by a simulated clock; the last state leaf carries the real time.
    stage.opened.register.beat(now_ms=clock())
    _scan_copies(stage, packs, clock())
    _keep_keys(stage)
    shown = write_cases(stage, packs)
    stage.opened.store.engine.dispose()
    return shown


def _plan(stage: Stage) -> list[Pack]:
    """Plan every season; returns the packs in order of the list, each herb's honest one first."""
    admit_cast(stage)
    places = register_places(stage)
    rehmannia, seed = play_rehmannia(stage, places)
    play_aftermath(stage, {goods.shows: goods for goods in rehmannia})
    steamed = play_steamed(stage, places, seed)
    yam = play_yam(stage, places)
    root = play_achyranthes(stage, places)
    flowers = play_chrysanthemum(stage, places)
    ginseng = play_chuanmingshen(stage, places)
    gastrodia = play_gastrodia(stage, places)
    pot = play_decoction(stage, [steamed, yam[0], root[0], gastrodia])
    return [*rehmannia, steamed, *yam, *root, *flowers, ginseng, gastrodia, pot]


def _case(stage: Stage, goods: Pack) -> JsonObject:
    # Bags of a decoction have no codes of their own: the lot's stands on all of them.
    bags = goods.herb == DECOCTION
    code = code_of_uri(goods.lot) if bags else pack_code(stage, goods, SHOWN_SERIAL)
    return {"code": code, "lot": goods.lot, "herb": goods.herb, "shows": goods.shows}


def _scan_copies(stage: Stage, packs: Sequence[Pack], now_ms: int) -> None:
    """One code on many packs: its scans, as the server counts them."""
    (copied,) = (goods for goods in packs if goods.shows == "copied")
    code = pack_code(stage, copied, SHOWN_SERIAL)
    for days, province, times in SIGHTINGS:
        for _ in range(times):
            count_scan(stage.opened.store, code, now_ms=now_ms - days * DAY_MS, province=province)


def _keep_keys(stage: Stage) -> None:
    """Keep the devices' keys, so that a person can sign as one of the cast."""
    folder = LedgerFolder(stage.opened.settings.data).path / KEYS_FOLDER
    folder.mkdir(mode=FOLDER_MODE)
    for device, key in stage.company.keys.items():
        if device != ROOT:
            write_private(folder / f"{device}.pem", key.to_pem())
