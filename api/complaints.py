"""Complaints as both sides see them: kinds, states, and how long a contact is kept."""

import asyncio
from typing import Final

import structlog

from api.opened.ledger import OpenedLedger
from ledger.errors import FormError, NotFoundError
from ledger.herbs.identifiers import parse_code
from ledger.herbs.vocabulary import kind
from ledger.store.complaints import ANSWERED, CLOSED, OPEN, forget_old_contacts
from ledger.store.engine import DRIVER_ERRORS

CONTACT_KEPT_MS: Final = 90 * 86_400_000  # after closing: a season in which questions may come back
TEXT_LENGTH_MAX: Final = 1_000
CONTACT_LENGTH_MAX: Final = 100
HOUR_S: Final = 3_600
STATES_CN: Final = {OPEN: "已收到", ANSWERED: "已答复", CLOSED: "已办结"}
_KIND: Final = kind("COMPLAINT").element("kind")
KINDS_CN: Final = dict(_KIND.choices) if _KIND else {}


def receipt_number(text: str) -> str:
    """A receipt number in any way of writing. Raises NotFoundError for what is none."""
    try:
        return parse_code(text).lot
    except FormError as error:
        raise NotFoundError("not_found", "no receipt number") from error


def forget_old(opened: OpenedLedger) -> int:
    """Erase the contacts whose time is over; returns how many."""
    before_ms = opened.clock() - CONTACT_KEPT_MS
    return forget_old_contacts(opened.store, closed_before_ms=before_ms)


async def keep_forgetting(opened: OpenedLedger) -> None:
    """Erase contacts as their time comes, every hour, as long as the server runs."""
    while True:
        try:
            await asyncio.to_thread(forget_old, opened)
        except DRIVER_ERRORS as error:
            structlog.get_logger().error("forgetting contacts", detail=str(error))
        await asyncio.sleep(HOUR_S)
