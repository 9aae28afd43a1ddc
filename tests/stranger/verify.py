"""The verifier of evidence bundles: the seven checks of format section 7, in their order."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.stranger.ancestry import check_ancestry, is_absent
from tests.stranger.bodies import KINDS
from tests.stranger.jcs import read_evidence
from tests.stranger.note import Checkpoint, verify_checkpoint
from tests.stranger.openings import check_openings
from tests.stranger.places import check_log, check_map
from tests.stranger.shape import Json, read_member, read_object, read_text
from tests.stranger.standing import check_standing
from tests.stranger.statements import check_statements
from tests.stranger.verdict import Check, Fails, Stops, Verdict

__all__ = ["Verdict", "verify"]

FORMAT_FAMILY = "daodi-evidence/"
FORMAT = FORMAT_FAMILY + "1"
FILE_BYTES_MAX = 8 * 1024 * 1024  # section 7: what a phone reads in bearable time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    asked: str
    log_keys: Iterable[str]
    registrar: str
    witnesses: Mapping[str, str]
    quorum: int


@dataclass(slots=True)
class _Progress:
    """The check under way: the one that fails when something fails."""

    check: Check = "checkpoint"


def verify(
    bundle: bytes | Mapping[str, object],
    *,
    asked: str,
    log_keys: Iterable[str],
    registrar: str,
    witnesses: Mapping[str, str] | None = None,
    quorum: int = 0,
) -> Verdict:
    """Judge a bundle. `log_keys` and the values of `witnesses` are vkeys; `registrar` a key id."""
    policy = _Policy(
        asked=asked,
        log_keys=log_keys,
        registrar=registrar,
        witnesses=witnesses or {},
        quorum=quorum,
    )
    progress = _Progress()
    try:
        return _examine(_read(bundle), policy, progress)
    except Fails as found:
        return Verdict("does_not_hold", progress.check, found.leaf, str(found))
    except Stops as found:
        return Verdict("cannot_be_checked", None, None, str(found))
    except Exception as error:  # noqa: BLE001 - bytes from a stranger must never end the verifier
        return Verdict("does_not_hold", progress.check, None, f"unreadable: {error!r}")


def _read(bundle: bytes | Mapping[str, object]) -> dict[str, Json]:
    if not isinstance(bundle, bytes):
        bundle = _write(bundle)
    if len(bundle) > FILE_BYTES_MAX:
        raise Stops(f"the file has {len(bundle)} bytes, more than {FILE_BYTES_MAX}")
    return read_object(read_evidence(bundle), "the file")


def _write(bundle: Mapping[str, object]) -> bytes:
    text = json.dumps(dict(bundle), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate: only escaped can it stand in a file
        return json.dumps(dict(bundle), separators=(",", ":")).encode()


def _examine(bundle: dict[str, Json], policy: _Policy, progress: _Progress) -> Verdict:
    checkpoint = _check_checkpoint(bundle, policy)
    progress.check = "log"
    log = check_log(bundle, checkpoint)
    progress.check = "map"
    chains = check_map(bundle, log)
    progress.check = "statement"
    words = check_statements(bundle, checkpoint.origin, KINDS, log, chains)
    progress.check = "standing"
    registry = check_standing(checkpoint, policy.registrar, log, chains, words)
    progress.check = "ancestry"
    check_ancestry(policy.asked, registry, log)
    progress.check = "opening"
    check_openings(bundle, checkpoint.origin, words)
    for index, why in words.unchecked.items():
        return Verdict("cannot_be_checked", None, index, why)
    as_of = f"as of {log.state.at_ms} ms, at size {checkpoint.size}"
    if is_absent(policy.asked, registry):
        return Verdict("unknown", None, None, f"{policy.asked} is proved absent, {as_of}")
    return Verdict("holds", None, None, f"it holds, {as_of}")


def _check_checkpoint(bundle: dict[str, Json], policy: _Policy) -> Checkpoint:
    form = read_text(read_member(bundle, "format", "the file"), "`format`")
    if form != FORMAT:
        if form.startswith(FORMAT_FAMILY):
            raise Stops(f"the file has the unknown format {form!r}")
        raise Fails(f"the file is no evidence but {form!r}")
    asked = read_text(read_member(bundle, "asked", "the file"), "`asked`")
    if asked != policy.asked:
        raise Fails(f"the file answers for {asked!r}, not for {policy.asked!r}")
    checkpoint = verify_checkpoint(
        read_text(read_member(bundle, "checkpoint", "the file"), "`checkpoint`"),
        log_keys=policy.log_keys,
        witnesses=policy.witnesses,
        quorum=policy.quorum,
    )
    if read_member(bundle, "origin", "the file") != checkpoint.origin:
        raise Fails(f"the checkpoint is of {checkpoint.origin!r}, the file not")
    return checkpoint
