"""People of small forged ledgers: a root, two actors with a key each, and how they are judged."""

from ledger.log.checkpoint import format_vkey
from ledger.statements.keys import note_vkey
from tests.evidence.forge import ORIGIN, Forge, Signer, new_key, signer
from tests.evidence.judges import fails, judge

ROOT, NEXT_ROOT, FARMER, MILLER = signer("ES256"), signer(), signer(), signer()
OTHER_KEY = signer(told="SM2", spki=b"of another kind")
LOG, OTHER_LOG = new_key("Ed25519"), new_key("ES256")
OTHER_VKEY = format_vkey(note_vkey(ORIGIN, OTHER_LOG.public))
COOP, MILL = "urn:daodi:actor:coop", "urn:daodi:actor:mill"
LOT, SITE = "https://ledger.example/lot/a", "https://ledger.example/site/a"
REFUSED = fails("standing")


def a_ledger(**genesis: object) -> Forge:
    """A ledger with its genesis alone."""
    forge = Forge(root=ROOT, log_key=LOG)
    forge.found(**genesis)
    return forge


def a_season(**genesis: object) -> Forge:
    """Two actors with a key each."""
    forge = a_ledger(**genesis)
    for actor, key in ((COOP, FARMER), (MILL, MILLER)):
        forge.admit(actor)
        forge.enrol(key, actor)
    return forge


def judged(forge: Forge, asked: str = LOT, *more: str) -> tuple[str, str | None]:
    """The judgement of a lot's evidence, with more chains shown than it needs."""
    show = [*forge.needed(asked), *more] if more else None
    return judge(forge.bundle(asked, show), forge.policy(asked))


def made(forge: Forge, who: Signer = FARMER) -> tuple[str, str | None]:
    """The judgement once a key has made the lot."""
    forge.make(who, LOT)
    return judged(forge)
