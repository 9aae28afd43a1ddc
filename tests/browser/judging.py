"""The phone's verifier alone on a blank page of a real browser, beside Python's, over one file."""

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

import api
from api.public.packing import pack
from api.public.script import PHONE, RARE, VERIFIER, WHOLE, sources
from ledger.canonical import JsonObject
from ledger.evidence.verdict import Policy
from ledger.evidence.verify import verify_bundle

STATIC = Path(api.__file__).parent / "static"
BLANK = "http://localhost:9/"  # answered by the route below; a secure context, as WebCrypto asks
CASES_AT_ONCE = 20
SOURCES = "sources"
# Of what few packets need, what the verifier may call.
ALONE = ("changes", "opening")
# Names in brackets are not shortened by packing; members of the verdict are, on both sides alike.
JUDGE = """
window["judges"] = window["judges"] || {};
window["judges"]["NAME"] = async (files) => {
  const out = [];
  for (const file of files) {
    const signs = atob(file["raw"]);
    const bytes = new Uint8Array(signs.length);
    for (let at = 0; at < signs.length; at++) bytes[at] = signs.charCodeAt(at);
    const [asked, logKeys, registrar] = [file["asked"], file["log_keys"], file["registrar"]];
    const found = await verify(bytes, { asked, logKeys, registrar, witnesses: "" });
    out.push([found.outcome, found.check, found.leaf, Boolean(found.error && !found.error.stops)]);
  }
  return out;
};
"""
# What the first script cannot do the whole one does anew, as on the page.
BEGIN_ANEW = """
window["anew"] = 0;
window["judge"] = async (files) => {
  const found = await window["judges"]["phone"](files);
  for (const [at, [, , , isUnforeseen]] of found.entries()) {
    if (!isUnforeseen) continue;
    window["anew"] += 1;
    [found[at]] = await window["judges"]["whole"]([files[at]]);
  }
  return found;
};
"""
NO_ED25519 = """
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (format, bytes, algorithm, ...rest) =>
  (algorithm.name || algorithm) === "Ed25519"
    ? Promise.reject(new DOMException("unknown", "NotSupportedError"))
    : importKey(format, bytes, algorithm, ...rest);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file and what its verifier is given."""

    raw: bytes
    policy: Policy
    why: str = ""

    @property
    def python(self) -> tuple[str, str | None]:
        """Outcome and failed check by our Python verifier."""
        verdict = verify_bundle(self.raw, self.policy)
        return verdict.outcome, verdict.check


def case(bundle: JsonObject | bytes, policy: Policy, why: str = "") -> Case:
    """A case of a bundle or of a file's bytes."""
    raw = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return Case(raw=raw, policy=policy, why=why)


def judging_page(browser: Browser, script: str = WHOLE, *, ed25519: bool = True) -> Page:
    """A blank page with the verifier of a script, or with the sources as people read them."""
    page = browser.new_page()
    page.route("**/*", lambda route: _answer(route, script))
    if not ed25519:
        page.add_init_script(NO_ED25519)
    page.goto(BLANK)
    page.wait_for_function("() => Boolean(window.judge)")
    return page


def judged(page: Page, cases: Iterable[Case]) -> list[tuple[str, str | None]]:
    """Outcome and failed check of each case; nothing may come as a surprise to the verifier."""
    files = [
        {
            "raw": b64encode(one.raw).decode(),
            "asked": one.policy.asked,
            "log_keys": " ".join(one.policy.log_keys),
            "registrar": one.policy.registrar,
        }
        for one in cases
    ]
    found = []
    for start in range(0, len(files), CASES_AT_ONCE):
        some = page.evaluate("files => judge(files)", files[start : start + CASES_AT_ONCE])
        assert not any(unforeseen for *_, unforeseen in some), some
        found += [(outcome, check) for outcome, check, *_ in some]
    return found


def _answer(route: Route, script: str) -> None:
    path = route.request.url.removeprefix(BLANK)
    kind = "text/javascript"
    if path.endswith(".judge.js"):
        route.fulfill(body=_judge(path.partition(".")[0]), content_type=kind)
    elif path.startswith("public/verify/"):
        route.fulfill(body=(STATIC / path).read_text("utf-8"), content_type=kind)
    else:
        loaded = [PHONE, WHOLE] if script == PHONE else [script]
        tags = [f'<script type="module" src="/{name}.judge.js"></script>' for name in loaded]
        last = BEGIN_ANEW if script == PHONE else f'window["judge"] = window["judges"]["{script}"];'
        tags.append(f'<script type="module">{last}</script>')
        html = f"<!doctype html><title>-</title>{''.join(tags)}"
        route.fulfill(body=html, content_type="text/html")


def _judge(name: str) -> str:
    judge = JUDGE.replace("NAME", name)
    if name == SOURCES:
        return f'import {{ verify }} from "/public/verify/verify.js";{judge}'
    # The page's own part has no page here to load on.
    parts = VERIFIER if name == PHONE else (*VERIFIER, *(one for one in RARE if one in ALONE))
    return pack(sources(parts) + judge)
