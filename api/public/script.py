"""Packs the phone's modules into the one small script that a page loads (RFC 1952 over ES2021).

The sources stay readable, under /static. Here the sentences of refusals go and private members get
short names, the same everywhere; a library shortens the rest, scope by scope. What has a meaning
outside the modules keeps its name. Tests judge the same files by both forms.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import ascii_letters, digits
from typing import Final, NamedTuple

import brotli
import minify

SOURCES: Final = Path(__file__).parents[1] / "static" / "public" / "verify"
# Each module behind those that it imports from.
VERIFIER: Final = (
    *("bytes", "json", "keys", "claim", "note", "places", "bodies", "statement", "standing"),
    *("ancestry", "verify"),
)
# What the packet's page loads, and what the page does that checks another ledger's evidence.
PHONE: Final = "phone"
SECOND: Final = "second"
SCRIPTS: Final = {
    PHONE: (*VERIFIER, "asked", "memory", "shown", "head", "steps", "page"),
    SECOND: (*VERIFIER, "asked", "shown", "second"),
}
JAVASCRIPT: Final = "text/javascript"
# Functions that take a sentence for engineers, which the page never shows; so is it called there.
REFUSERS: Final = frozenset(
    {"fail", "stop", "members", "entries", "text", "raw", "digest", "refuseOthers"}
)
SENTENCE: Final = "sentence"
# Members of browsers' objects and of the bytes that are read: none of them is ours to change.
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
    r"|(?P<pattern>(?:(?<=[(\[!&|=,:?])|(?<=[(\[!&|=,:?>] )|(?<=return ))"
    r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*)"
    r"|(?P<number>0x[0-9a-f]+n?|\d+(?:e\d+|e-\d+)?n?)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<sign>\.\.\.|\S)"
)
_INSERTED: Final = re.compile(r"\$\{([^{}]*)\}")
# What stands in quotes inside a template's braces is found too, and left as it is.
_NAME: Final = re.compile(r"\"[^\"]*\"|(?<!\w)[A-Za-z_$][\w$]*")


class Token(NamedTuple):
    """One piece of a script: its kind, a group of the pattern above, and its text."""

    kind: str
    text: str


@cache
def script(name: str) -> bytes:
    """One of the packed scripts."""
    return pack(sources(SCRIPTS[name])).encode()


@cache
def script_as(name: str, coding: str) -> bytes:
    """The same as it travels: in `br`, which every browser takes that can check, or in `gzip`."""
    packed = script(name)
    return brotli.compress(packed) if coding == "br" else gzip.compress(packed, 9, mtime=0)


@cache
def script_link(name: str = PHONE) -> str:
    """Its address, which changes when its bytes do."""
    return f"/{name}.js?v={sha256(script(name)).hexdigest()[:8]}"


def pack(source: str) -> str:
    """A shorter script that does the same. Only for sources that keep to this module's rules."""
    tokens = _without_sentences([token for token in _tokens(source) if token.kind != "gap"])
    short = _short_names(tokens)
    packed: list[str] = []
    for token in tokens:
        text = _renamed(token, short)
        if packed and _is_word(packed[-1][-1]) and _is_word(text[0]):
            packed.append(" ")
        packed.append(text)
    # Inside a function every name is its own, and may be shortened.
    return str(minify.string(JAVASCRIPT, f"(()=>{{{''.join(packed)}}})()"))


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
    """Leave out what refusers are told for engineers, in calls and in definitions."""
    kept: list[Token] = []
    calls: list[bool] = []  # for each open bracket, whether it is a refuser's
    skipped = False
    for at, token in enumerate(tokens):
        if skipped and token.text == ",":
            skipped = False
            continue
        skipped = False
        before, after = _text_at(tokens, at - 1), _text_at(tokens, at + 1)
        if token.kind == "sign" and token.text in "([{":
            ours = before in REFUSERS and _text_at(tokens, at - 2) != "."
            calls.append(token.text == "(" and ours)
        elif token.kind == "sign" and token.text in ")]}":
            calls.pop()
        alone = before in {"(", ","} and after in {")", ","}
        told = token.kind in {"text", "template"} and bool(calls) and calls[-1]
        if alone and (told or token.text == SENTENCE):
            if kept[-1].text == ",":
                kept.pop()
            else:
                skipped = True
            continue
        kept.append(token)
    return kept


def _text_at(tokens: list[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _short_names(tokens: list[Token]) -> dict[str, str]:
    """A short name for each private member of an object, the commonest first."""
    members = {
        token.text
        for at, token in enumerate(tokens)
        if token.kind == "name" and _is_member(tokens, at) and token.text not in KEPT
    }
    counts = Counter(name for token in tokens for name in _names(token))
    # A letter, or a letter and a digit: no word of the language is among them.
    letters = (letter + digit for digit in ("", *digits) for letter in ascii_letters)
    free = (name for name in letters if name not in counts)
    return {name: next(free) for name, _ in counts.most_common() if name in members}


def _is_member(tokens: list[Token], at: int) -> bool:
    """Whether a name follows a dot, or is given a value in braces."""
    before, after = _text_at(tokens, at - 1), _text_at(tokens, at + 1)
    return before == "." or (after == ":" and before in {"{", ","})


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
        return short.get(token.text, token.text)
    if token.kind == "template":
        return _INSERTED.sub(lambda part: "${" + _NAME.sub(rename, part.group(1)) + "}", token.text)
    return token.text
