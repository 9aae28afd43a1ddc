"""A good sowing, to be changed one member at a time by the tests of form."""

import pytest

from ledger.canonical import canonical_bytes
from ledger.errors import FormError
from ledger.statements.statement import Claim, parse_claim
from tests.statements.founding import NOON, ORIGIN, a_key

KEY = a_key("grower")
SEED, PLOT, CROP, LOT = (
    f"https://h.example/{path}" for path in ("lot/seed", "site/plot", "crop/c", "lot/l")
)


def a_value(**changes: object) -> dict:
    """Return the object of a good sowing, but for `changes`."""
    value = {
        "v": 1,
        "ledger": ORIGIN,
        "key": KEY.key_id,
        "seq": 0,
        "prev": None,
        "signed_at": NOON,
        "kind": "event",
        "body": {"type": "TransformationEvent"},
        "inputs": [SEED, PLOT],
        "outputs": [CROP],
        "subjects": [CROP, SEED + "#out", PLOT + "#out"],
    }
    return {**value, **changes}


def without(*names: str, **changes: object) -> dict:
    return {name: member for name, member in a_value(**changes).items() if name not in names}


def an_observation(**changes: object) -> dict:
    return {**without("inputs", "outputs", subjects=[LOT]), **changes}


def read(value: object) -> Claim:
    return parse_claim(canonical_bytes(value))


def refusal(value: object) -> str:
    with pytest.raises(FormError) as refused:
        read(value)
    return refused.value.code
