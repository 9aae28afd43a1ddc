"""Packs the phone's modules into the one small script that the page loads.

The sources stay readable, under /static. Comments, blanks and the sentences of refusals go, names
become short: the same name everywhere the same, so that no rule of scopes is needed. What has a
meaning outside the modules keeps its name. Tests judge the same files by both forms.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import ascii_letters, digits
from typing import Final, NamedTuple

SOURCES: Final = Path(__file__).parents[1] / "static" / "public" / "verify"
# Each module behind those that it imports from.
VERIFIER: Final = (
    *("bytes", "json", "keys", "claim", "note", "places", "bodies", "statement", "standing"),
    *("ancestry", "verify"),
)
ORDER: Final = (*VERIFIER, "asked", "memory", "steps", "page")
# Functions that take a sentence for engineers, which the page never shows.
REFUSERS: Final = frozenset(
    {"fail", "Stops", "members", "entries", "text", "raw", "digest", "refuseOthers"}
)
# Words of the language, of browsers and of the bytes that are read: none of them is ours to change.
KEPT: Final = frozenset(
    (Path(__file__).parent / "script_words.txt").read_text(encoding="utf-8").split()
)

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)
_TOKEN: Final = re.compile(
    r"(?P<gap>\s+|//[^\n]*)"
    r"|(?P<template>`(?:[^`\\]|\\.)*`)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\")"
    # A slash begins a pattern where a value is awaited, else it divides.
    r"|(?P<pattern>(?:(?<=[(!&|=,:?])|(?<=[(!&|=,:?>] )|(?<=return ))"
    r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*)"
    r"|(?P<number>0x[0-9a-f]+n?|\d+(?:e\d+|e-\d+)?n?)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<sign>\S)"
)
_INSERTED: Final = re.compile(r"\$\{([^{}]*)\}")
# What stands in quotes inside a template's braces is found too, and left as it is.
_NAME: Final = re.compile(r"\"[^\"]*\"|(?<!\w)[A-Za-z_$][\w$]*")


class Token(NamedTuple):
    """One piece of a script: its kind, a group of the pattern above, and its text."""

    kind: str
    text: str


@cache
def phone_script() -> bytes:
    """The packed script."""
    return pack(sources(ORDER)).encode()


@cache
def script_link() -> str:
    """Its address, which changes when its bytes do."""
    return f"/phone.js?v={sha256(phone_script()).hexdigest()[:8]}"


def pack(source: str) -> str:
    """A shorter script that does the same. Only for sources that keep to this module's rules."""
    tokens = _without_sentences([token for token in _tokens(source) if token.kind != "gap"])
    short = _short_names(tokens)
    packed: list[str] = []
    for token in tokens:
        text = _renamed(token, short)
        if text == "}" and packed and packed[-1] == ";":
            packed.pop()
        if packed and _is_word(packed[-1][-1]) and _is_word(text[0]):
            packed.append(" ")
        packed.append(text)
    return "".join(packed)


def sources(names: Iterable[str]) -> str:
    """The modules of these names as one script, without imports and exports."""
    texts = ((SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def _tokens(source: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(source):
        yield Token(str(found.lastgroup), found.group())


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign in "_$"


def _without_sentences(tokens: list[Token]) -> list[Token]:
    """Leave out texts that stand alone as an argument of a refuser; 0 holds a first one's place."""
    kept: list[Token] = []
    calls: list[bool] = []  # for each open bracket, whether it is a refuser's
    for at, token in enumerate(tokens):
        before, after = _text_at(tokens, at - 1), _text_at(tokens, at + 1)
        if token.kind == "sign" and token.text in "([{":
            ours = before in REFUSERS and _text_at(tokens, at - 2) != "."
            calls.append(token.text == "(" and ours)
        elif token.kind == "sign" and token.text in ")]}":
            calls.pop()
        alone = before in {"(", ","} and after in {")", ","}
        if token.kind in {"text", "template"} and alone and calls and calls[-1]:
            if before == "," and after == ")":
                kept.pop()
            else:
                kept.append(Token("number", "0"))
            continue
        kept.append(token)
    return kept


def _text_at(tokens: list[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _short_names(tokens: list[Token]) -> dict[str, str]:
    """A short name for each of ours, the commonest first."""
    counts = Counter(name for token in tokens for name in _names(token) if name not in KEPT)
    taken = KEPT | {name for token in tokens for name in _names(token)}
    # A letter, or a letter and a digit: no word of the language is among them.
    letters = (letter + digit for digit in ("", *digits) for letter in ascii_letters)
    free = (name for name in letters if name not in taken)
    return {name: next(free) for name, _ in counts.most_common()}


def _names(token: Token) -> list[str]:
    if token.kind == "name":
        return [token.text]
    if token.kind == "template":
        found = [name for part in _INSERTED.findall(token.text) for name in _NAME.findall(part)]
        return [name for name in found if not name.startswith('"')]
    return []


def _renamed(token: Token, short: dict[str, str]) -> str:
    def rename(found: re.Match[str]) -> str:
        return short.get(found.group(), found.group())

    if token.kind == "name":
        # One word for both saves more than it seems: the two stand everywhere.
        return "let" if token.text == "const" else short.get(token.text, token.text)
    if token.kind == "template":
        return _INSERTED.sub(lambda part: "${" + _NAME.sub(rename, part.group(1)) + "}", token.text)
    return token.text
