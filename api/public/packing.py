"""Shortens a script that keeps to some rules, without changing what it does (ECMA-262, 2021).

The sources stay readable, under /static. Here go the sentences of refusals, names of constants that
are read once, and words that say no more than shorter ones; members that have no meaning outside
get short names, the same everywhere. A library shortens the rest, scope by scope. What the rules
ask: a module, no `this`, no label, no two names alike at the top, whole statements that end in `;`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import ascii_letters, digits
from typing import Final, NamedTuple

JAVASCRIPT: Final = "text/javascript"
WRAPPED: Final = ("(()=>{", "})()")
# Functions that take a sentence for engineers, which the page never shows; so is it called there.
REFUSERS: Final = frozenset({"fail", "stop", "members", "entries", "text", "raw", "digest"})
SENTENCE: Final = "sentence"
# Members of browsers' objects and of the bytes that are read: none of them is ours to change.
KEPT: Final = frozenset(
    (Path(__file__).parent / "script_words.txt").read_text(encoding="utf-8").split()
)

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
_DECLARED: Final = 3  # tokens of `const name =`
_SUM_SIGNS: Final = frozenset("*-+")


class Token(NamedTuple):
    """One piece of a script: its kind, a group of the pattern above, and its text."""

    kind: str
    text: str


def pack(source: str) -> str:
    """A shorter script that does the same."""
    # Written in Go, it starts threads when imported: a command without pages stays without them.
    import minify  # noqa: PLC0415 — as said

    tokens = [token for token in _tokens(source) if token.kind != "gap"]
    tokens = _without_constants(_as_values(_without_sentences(tokens)))
    short = _short_names(tokens)
    packed: list[str] = []
    for token in tokens:
        text = _renamed(token, short)
        if packed and _is_word(packed[-1][-1]) and _is_word(text[0]):
            packed.append(" ")
        packed.append(text)
    # Inside a function every name is its own, and may be shortened; and so it is inside a module.
    shorter = str(minify.string(JAVASCRIPT, f"{WRAPPED[0]}{''.join(packed)}{WRAPPED[1]}"))
    return shorter.removeprefix(WRAPPED[0]).removesuffix(WRAPPED[1])


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
        if _opens(token):
            ours = before in REFUSERS and _text_at(tokens, at - 2) != "."
            calls.append(token.text == "(" and ours)
        elif _closes(token):
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


def _as_values(tokens: list[Token]) -> list[Token]:
    """Functions of the top become values and constants variables: fewer words, longer lists."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        is_async = tokens[at].text == "async" and _text_at(tokens, at + 1) == "function"
        start = at + is_async
        if tokens[start].text != "function":
            made.append(Token("name", "let") if tokens[at].text == "const" else tokens[at])
            at += 1
            continue
        opened = start + len(("function", "name"))
        body = _end(tokens, opened)
        at = _end(tokens, body)
        made += [Token("name", "let"), tokens[start + 1], Token("sign", "=")]
        made += [tokens[start - 1]] * is_async + tokens[opened:body]
        made += [Token("sign", sign) for sign in "=>"]
        made += [*_as_values(tokens[body:at]), Token("sign", ";")]
    return made


def _without_constants(tokens: list[Token]) -> list[Token]:
    """Write a number, a text or a pattern where it is read, if that is one place."""
    counts = Counter(name for token in tokens for name in _names(token))
    inserted = {name for token in tokens if token.kind == "template" for name in _names(token)}
    once: dict[str, list[Token]] = {}
    kept: list[Token] = []
    depth = at = 0
    while at < len(tokens):
        depth += _opens(tokens[at]) - _closes(tokens[at])
        if depth == 0 and tokens[at].text == "let" and _text_at(tokens, at + 2) == "=":
            name = tokens[at + 1].text
            end = next(i for i in range(at, len(tokens)) if tokens[i].text == ";")
            value = tokens[at + _DECLARED : end]
            if counts[name] == len(("said", "read")) and name not in inserted and _is_plain(value):
                once[name] = [Token("sign", "("), *value, Token("sign", ")")]
                at = end + 1
                continue
        kept.append(tokens[at])
        at += 1
    return [part for token in kept for part in once.get(token.text, [token])]


def _is_plain(value: list[Token]) -> bool:
    return all(
        token.kind in {"number", "text", "pattern"} or token.text in _SUM_SIGNS for token in value
    )


def _end(tokens: list[Token], at: int) -> int:
    """The place behind what the bracket at a place opens."""
    depth = 0
    while True:
        depth += _opens(tokens[at]) - _closes(tokens[at])
        at += 1
        if depth == 0:
            return at


def _opens(token: Token) -> bool:
    return token.kind == "sign" and token.text in "([{"


def _closes(token: Token) -> bool:
    return token.kind == "sign" and token.text in ")]}"


def _text_at(tokens: list[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _short_names(tokens: list[Token]) -> dict[str, str]:
    """A short name for each private member of an object, the commonest first."""
    members = set(_members(tokens)) - KEPT
    counts = Counter(name for token in tokens for name in _names(token))
    # A letter, or a letter and a digit: no word of the language is among them.
    letters = (letter + digit for digit in ("", *digits) for letter in ascii_letters)
    free = (name for name in letters if name not in counts)
    return {name: next(free) for name, _ in counts.most_common() if name in members}


def _members(tokens: list[Token]) -> Iterator[str]:
    """Names that follow a dot, or stand in an object's braces, with a value or alone."""
    opened: list[str] = []
    for at, token in enumerate(tokens):
        before, after = _text_at(tokens, at - 1), _text_at(tokens, at + 1)
        is_first = before in {"{", ","} and opened[-1:] == ["{"]
        if token.kind == "name" and (before == "." or (is_first and after in {":", ",", "}", "="})):
            yield token.text
        if _opens(token):
            opened.append(token.text)
        elif _closes(token):
            opened.pop()


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
