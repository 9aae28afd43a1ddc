"""What strangers wrote as a terminal may show it: no sign of theirs moves, colours or turns it."""

import json
import unicodedata

# Controls of both sets, what turns the direction, what is no character, line and paragraph ends.
_MOVING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """A text in which every sign is seen: others become U+FFFD, a tab a blank; line ends stay."""
    shown = text.replace("\t", " ")
    return "".join("\N{REPLACEMENT CHARACTER}" if _moves(sign) else sign for sign in shown)


def visible_json(document: str) -> str:
    """A JSON document that says the same with such signs escaped. They stand in texts alone."""
    return "".join(json.dumps(sign)[1:-1] if _moves(sign) else sign for sign in document)


def _moves(sign: str) -> bool:
    return sign != "\n" and unicodedata.category(sign) in _MOVING
