"""Both verifiers over one file: the project's own and the stranger's, who must agree."""

import json

from ledger.canonical import JsonObject
from ledger.evidence.verdict import Policy
from ledger.evidence.verify import verify_bundle
from tests.stranger.verify import verify

HOLDS = ("holds", None)
UNKNOWN = ("unknown", None)
CANNOT = ("cannot_be_checked", None)


def fails(check: str) -> tuple[str, str]:
    """The judgement of a bundle that fails at this check."""
    return ("does_not_hold", check)


def judge(bundle: JsonObject | bytes, policy: Policy) -> tuple[str, str | None]:
    """The outcome and the failed check, on which both verifiers agree."""
    raw = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    ours = verify_bundle(raw, policy)
    theirs = verify(
        raw,
        asked=policy.asked,
        log_keys=policy.log_keys,
        registrar=policy.registrar,
        witnesses=dict(enumerate(policy.witnesses)),
        quorum=policy.quorum,
    )
    assert (ours.outcome, ours.check) == (theirs.outcome, theirs.check), (ours, theirs)
    assert not theirs.why.startswith("unreadable"), theirs  # the stranger's last resort
    return ours.outcome, ours.check
