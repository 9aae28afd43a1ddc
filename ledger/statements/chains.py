"""URIs of things, their chains X and X#out, and the lists that hold them: format v1 section 1."""

import re
from typing import Final, cast

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError

OUT: Final = "#out"  # the ending of the chain of what others did with a thing
RESERVED: Final = "urn:daodi:"  # what each of the reserved prefixes begins with
LEDGER_PREFIX: Final = f"{RESERVED}ledger:"
KEY_PREFIX: Final = f"{RESERVED}key:"
ACTOR_PREFIX: Final = f"{RESERVED}actor:"
RESERVED_PREFIXES: Final = (LEDGER_PREFIX, KEY_PREFIX, ACTOR_PREFIX)

URI_BYTES_MAX: Final = 256  # a GS1 Digital Link with every qualifier is under 120
SUBJECTS_MAX: Final = 200  # a blend of 199 inputs and its output

# A thing's URI: printable ASCII without space and `#`. The last pattern finds what no URI must
# have: a capital in the authority, where browsers and servers change the case. A later `//` is
# part of a path and names no host.
_URI: Final = r"[a-z][a-z0-9+.-]*:[!\"$-~]*"
_THING: Final = re.compile(_URI)
_THINGS: Final = re.compile(rf"{_URI}(?:\n{_URI})*")
_SUBJECTS: Final = re.compile(rf"{_URI}(?:#out)?(?:\n{_URI}(?:#out)?)*")
_CAPITAL_HOST: Final = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#\n]*[A-Z]", re.MULTILINE)


def is_uri(text: str) -> bool:
    """Tell whether `text` can name a thing: section 1's rules of URIs, and no `#`."""
    return (
        len(text) <= URI_BYTES_MAX
        and _THING.fullmatch(text) is not None
        and _CAPITAL_HOST.search(text) is None
    )


def is_subject(text: str) -> bool:
    """Tell whether `text` can name a chain: a thing's URI, alone or with the ending `#out`."""
    return len(text) <= URI_BYTES_MAX and is_uri(text.removesuffix(OUT))


def is_out(subject: str) -> bool:
    """Tell whether a subject is the chain of what others did with a thing."""
    return subject.endswith(OUT)


def out_chain(uri: str) -> str:
    """Return the subject of what others did with the thing."""
    return uri + OUT


def own_chain(subject: str) -> str:
    """Return the thing's own URI, which is the subject of what was done to it."""
    return subject.removesuffix(OUT)


def ledger_uri(origin: str) -> str:
    """Return the subject of a ledger's own chain."""
    return LEDGER_PREFIX + origin


def key_uri(key_id: str) -> str:
    """Return the subject of a key's chain of enrolment, suspicion and retirement."""
    return KEY_PREFIX + key_id


def parse_things(value: JsonValue, name: str) -> tuple[str, ...]:
    """Return a list of things. FormError: wrong_type, bad_list, bad_uri."""
    return _parse_list(value, name, _THINGS)


def parse_subjects(value: JsonValue) -> tuple[str, ...]:
    """Return the list of chains. FormError: wrong_type, bad_list, bad_uri."""
    return _parse_list(value, "subjects", _SUBJECTS)


def check_things(
    inputs: tuple[str, ...], outputs: tuple[str, ...], subjects: tuple[str, ...]
) -> None:
    """Raise FormError unless each output is a subject, each input's `#out` too, none is both."""
    chains = frozenset(subjects)
    for uri in outputs:
        if uri not in chains:
            raise FormError("missing_subject", f"output {uri} is not a subject")
    for uri in inputs:
        if uri + OUT not in chains:
            raise FormError("missing_subject", f"input {uri} without the subject {uri}{OUT}")
    if not frozenset(inputs).isdisjoint(outputs):
        raise FormError("bad_list", "something is both input and output")


def check_event_lists(body: JsonObject, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    """Raise FormError unless what an EPCIS event takes and makes is listed beside its body.

    `unlisted_thing`, or `bad_event` when the event's lists do not have their shape: nothing else
    of the event is looked at. Source: format v1 section 1, the list rule.
    """
    # Spelled out: this runs for every event, and most events have two of the four.
    if "inputEPCList" in body:
        _check_listed(_epcs(body["inputEPCList"]), inputs, "inputs")
    if "inputQuantityList" in body:
        _check_listed(_classes(body["inputQuantityList"]), inputs, "inputs")
    if "outputEPCList" in body:
        _check_listed(_epcs(body["outputEPCList"]), outputs, "outputs")
    if "outputQuantityList" in body:
        _check_listed(_classes(body["outputQuantityList"]), outputs, "outputs")


def _parse_list(value: JsonValue, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Check a whole list at once: its URIs joined by line ends, which no URI can hold."""
    if type(value) is not list:
        raise FormError("wrong_type", f"{name} is not a list")
    if not 0 < len(value) <= SUBJECTS_MAX:
        raise FormError("bad_list", f"{len(value)} {name}, not 1 to {SUBJECTS_MAX}")
    uris = cast("list[str]", value)  # join refuses anything else
    try:
        text = "\n".join(uris)
    except TypeError as error:
        raise FormError("wrong_type", f"{name} hold something that is not text") from error
    if (
        pattern.fullmatch(text) is None
        or text.count("\n") >= len(uris)
        or (len(text) > URI_BYTES_MAX and max(map(len, uris)) > URI_BYTES_MAX)
        or (text != text.lower() and _CAPITAL_HOST.search(text) is not None)
    ):
        is_good = is_subject if pattern is _SUBJECTS else is_uri
        wrong = [uri for uri in uris if not is_good(uri)]
        raise FormError("bad_uri", f"{name} hold what format v1 does not call a URI: {wrong}")
    # All are ASCII: the order of code points is the order of bytes.
    if sorted(set(uris)) != uris:
        raise FormError("bad_list", f"{name} are not strictly increasing")
    return tuple(uris)


def _check_listed(named: list[str], listed: tuple[str, ...], side: str) -> None:
    missing = set(named).difference(listed)
    if missing:
        raise FormError("unlisted_thing", f"not among the {side}: {', '.join(sorted(missing))}")


def _epcs(epcs: JsonValue) -> list[str]:
    if not isinstance(epcs, list):
        raise FormError("bad_event", "an EPC list is not a list")
    uris = [epc for epc in epcs if isinstance(epc, str)]
    if len(uris) != len(epcs):
        raise FormError("bad_event", "an EPC list holds something that is not a URI")
    return uris


def _classes(quantities: JsonValue) -> list[str]:
    if not isinstance(quantities, list):
        raise FormError("bad_event", "a quantity list is not a list")
    uris: list[str] = []
    for quantity in quantities:
        uri = quantity.get("epcClass") if isinstance(quantity, dict) else None
        if not isinstance(uri, str):
            raise FormError("bad_event", "a quantity list holds something without an epcClass")
        uris.append(uri)
    return uris
