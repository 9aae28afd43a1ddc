"""Random ledgers that keep the rules or break them, each proved by its own keys."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random  # noqa: TID251 — seeded by the test: the same in every run
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.evidence.verdict import Policy
from ledger.log.checkpoint import format_vkey
from ledger.statements.keys import note_vkey
from ledger.statements.sealed import commitment
from tests.evidence.forge import GONE, LEDGER, NOON, ORIGIN, Forge, Signer, new_key, signer

ACTORS: Final = ("urn:daodi:actor:mill", "urn:daodi:actor:coop")
LOTS: Final = tuple(f"https://ledger.example/lot/{n}" for n in range(4))
SITES: Final = tuple(f"https://ledger.example/site/{n}" for n in range(2))
SALT: Final = "AAECAwQFBgcICQoLDA0ODw"
LOG_KEYS: Final = tuple(new_key("Ed25519") for _ in range(2))
VKEYS: Final = tuple(format_vkey(note_vkey(ORIGIN, key.public)) for key in LOG_KEYS)
ROOTS: Final = (signer("ES256"), signer(), signer())
STRANGE: Final = (
    signer(told="SM2", spki=b"a key of another kind"),
    signer("ES256", told="Ed25519"),
    signer(spki=bytes.fromhex("302a300506032b6570032100") + bytes(32)),
)
KEYS: Final = (*(signer() for _ in range(4)), signer("ES256"))

# Changes of a statement's members, most of them against section 1.
CHANGES: Final[tuple[dict[str, object], ...]] = (
    {"v": 2},
    {"v": 0},
    {"v": True},
    {"v": 1.5},
    {"v": 2, "body": GONE, "more": 1},
    {"v": GONE},
    {"kind": "lot.bless"},
    {"kind": 7},
    {"ledger": "other.example/herbs"},
    {"seq": 99},
    {"prev": "ab" * 32},
    {"prev": None},
    {"signed_at": "2026-02-30T12:00:00+08:00"},
    {"signed_at": "2026-04-01T12:00:00Z"},
    {"signed_at": "0001-01-01T00:00:00-00:00"},
    {"more": 1},
    {"body": []},
    {"subjects": []},
    {"subjects": ["https://ledger.example/lot/0"]},
    {"inputs": []},
    {"inputs": ["https://ledger.example/lot/9"]},
    {"outputs": ["https://ledger.example/lot/0"]},
    {"sealed": {}},
    {"sealed": {"buyer": "x"}},
    {"sealed": None},
    {"anchor": {"size": 0, "root": "A" * 43 + "="}},
    {"anchor": {"size": 99, "root": "A" * 43 + "="}},
    {"anchor": None},
    {"body": {"inputEPCList": ["https://ledger.example/lot/0"]}},
    {"body": {"outputQuantityList": [{"quantity": 1}]}},
    {"body": {"inputEPCList": None}},
    {"body": {"weight": 1e-7}},
    {"body": {"重": 1}},
)


LATER: Final[tuple[dict[str, object], ...]] = (
    {"v": 2},
    {"v": 2, "body": GONE, "more": 1},
    {"kind": "lot.bless", "inputs": GONE, "outputs": GONE},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A bundle and what a verifier of it is given."""

    bundle: JsonObject
    policy: Policy


class Builder:
    """Writes a ledger act by act; `chance` decides everything."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.forge = Forge(root=ROOTS[0], log_key=LOG_KEYS[0], depth=chance.choice((1, 4, 8)))
        self.sealed: list[JsonObject] = []
        # Most worlds break few rules: with many broken, the first check that fails hides the rest.
        self.ahead = chance.choice((0.0, 0.0, 0.2))  # share of what a later version would bring
        self.later = STRANGE[0] if self.ahead else KEYS[0]
        self.wildness = chance.choice((0.0, 0.1, 0.3, 1.0))

    def unlikely(self, share: float = 0.05) -> bool:
        """Whether the rare thing happens."""
        return self.chance.random() < share * self.wildness

    def someone(self) -> Signer:
        """A key, most often an ordinary one."""
        if self.unlikely(0.1):
            return self.chance.choice((*ROOTS, *STRANGE))
        return self.chance.choice((*KEYS, self.later))

    def registrar(self) -> Signer:
        """Mostly the root."""
        return self.someone() if self.unlikely(0.15) else ROOTS[0]

    def spoil(self, body: JsonObject) -> JsonObject:
        """A body as it is, or with a member gone, added or of another type."""
        if not self.unlikely():
            return body
        told = dict(body)
        name = self.chance.choice([*told, "more"])
        if self.unlikely(0.4):
            told.pop(name, None)
        else:
            told[name] = self.chance.choice((None, 1, "x", [], {}, ["x"], "ab" * 32, -1))
        return told

    def say(
        self, who: Signer, kind: str, body: JsonObject, subjects: list[str], /, **more: object
    ) -> None:
        """Admit a statement, now and then a spoilt one."""
        changes = dict(more)
        if self.unlikely(0.03):
            changes.update(self.chance.choice(CHANGES))
        elif kind == "event" and self.chance.random() < self.ahead:
            changes.update(self.chance.choice(LATER))
        elif self.chance.random() < self.ahead / 8:
            changes["v"] = 2
        if self.unlikely(0.02):
            subjects = self.chance.sample([*LOTS, *ACTORS, LEDGER, who.uri], 1)
        if self.unlikely(0.01):
            changes["signature"] = bytes(64)
        self.forge.say(who, kind, self.spoil(body), sorted(subjects), **changes)

    def begin(self) -> None:
        """Genesis, actors and keys, mostly in order."""
        forge, steps = self.forge, list[Callable[[], object]]()
        steps.extend(lambda actor=actor: self.admit(actor) for actor in ACTORS)
        steps.extend(lambda key=key: self.enrol(key) for key in dict.fromkeys((*KEYS, self.later)))
        if self.unlikely(0.2):
            self.chance.shuffle(steps)
        if self.unlikely(0.2):
            steps.pop(self.chance.randrange(len(steps)))
        forge.found(**({"map_depth": 9} if self.unlikely(0.02) else {}))
        for step in steps:
            step()

    def admit(self, actor: str) -> None:
        self.say(
            self.registrar(), "actor.admit", {"actor": actor, "name": "某", "roles": []}, [actor]
        )

    def enrol(self, who: Signer) -> None:
        actor = self.chance.choice(ACTORS)
        self.forge.actors.setdefault(who.kid, actor)
        body: JsonObject = {
            **who.named,
            "actor": actor,
            "roles": ["registrar"] if self.unlikely(0.2) else ["processor"],
            "holder": self.chance.choice(("holder-1", "holder-2", "holder-3")),
        }
        if self.unlikely(0.03):
            body["alg"] = self.chance.choice(("ES256", "SM2"))
        self.say(self.registrar(), "key.enrol", body, [who.uri, f"{actor}#out"])

    def make(self) -> None:
        made = self.chance.choice(LOTS)
        things = list(self.forge.inputs)  # mostly what was made already
        if self.unlikely(0.2):
            things = [*LOTS, *SITES]
        ins = sorted(set(self.chance.sample(things, min(len(things), self.chance.randrange(3)))))
        if self.unlikely():
            ins = sorted({*ins, ACTORS[0]})
        if not self.unlikely():
            ins = [uri for uri in ins if uri != made]
        lists: dict[str, object] = {"inputs": ins} if ins else {}
        outs = [f"{uri}#out" for uri in ins]
        self.say(self.someone(), "event", {}, [made, *outs], **lists, outputs=[made])

    def test(self) -> None:
        who = self.someone()
        seq = self.forge.newest.get(who.kid, (-1, ""))[0] + 1
        value: JsonValue = self.chance.choice(("张三", 7, 1e-7, {"重": [1e21]}, None))
        sealed = commitment(
            ledger=ORIGIN, key=who.kid, seq=seq, name="buyer", salt=SALT, value=value
        )
        text = self.forge.draft(who, "event", {}, [LOTS[0]], sealed={"buyer": sealed})
        self.say(who, "event", {}, [LOTS[0]], sealed={"buyer": sealed})
        said = self.forge.said[len(self.forge.leaves) - 1]
        if said[1] == text:
            opening: JsonObject = {
                "statement": said[0],
                "name": "buyer",
                "salt": SALT,
                "value": value,
            }
            self.sealed.append(self.spoil(opening))

    def register_site(self) -> None:
        site = self.chance.choice(SITES)
        kind = self.chance.choice(("site.register", "site.register", "site.amend"))
        self.say(self.someone(), kind, {"site": site, "kind": "plot", "area_m2": 5}, [site])

    def judge_actor(self) -> None:
        actor = self.chance.choice(ACTORS)
        kind = "actor.suspend" if self.unlikely(0.5) else "actor.restore"
        body: JsonObject = {"actor": actor, "reason": "inspection"}
        self.say(self.registrar(), kind, body, [actor])

    def judge_key(self) -> None:
        who = self.someone()
        body: JsonObject = {"kid": who.kid, "reason": "lost"}
        kind = "key.retire" if self.unlikely(0.4) else "key.suspect"
        if kind == "key.suspect":
            body["from_seq"] = 0
        by = who if self.unlikely(0.3) else self.registrar()
        self.say(by, kind, body, [who.uri])

    def rotate_log_key(self) -> None:
        lists: JsonObject = {
            "add": list[JsonValue](self.chance.sample(VKEYS, self.chance.randrange(3))),
            "remove": list[JsonValue](self.chance.sample(VKEYS, self.chance.randrange(2))),
        }
        self.say(self.registrar(), "log.key.rotate", lists, [LEDGER])

    def rotate_root(self) -> None:
        following = self.someone() if self.unlikely(0.3) else self.chance.choice(ROOTS)
        self.say(self.registrar(), "registrar.rotate", following.named, [LEDGER])

    def approve(self) -> None:
        index = self.chance.choice(list(self.forge.said))
        own = [uri for uri, chain in self.forge.chains.items() if index in chain]
        statement = "ab" * 32 if self.unlikely() else self.forge.said[index][0]
        places = [uri for uri in own if not uri.endswith("#out")]
        body: JsonObject = {"statement": statement}
        self.say(self.someone(), "approve", body, (own if self.unlikely() else places) or own)

    def approve_early(self) -> None:
        author, approver = self.chance.sample(KEYS, 2)
        text = self.forge.draft(author, "event", {}, [LOTS[1]])
        index = len(self.forge.leaves)
        from ledger.statements.envelope import statement_id  # noqa: PLC0415 — placed below

        self.say(approver, "approve", {"statement": statement_id(text.encode())}, [LOTS[1]])
        assert len(self.forge.leaves) == index + 1
        self.forge.say(author, "event", {}, [LOTS[1]], payload=text)

    def build(self) -> World:
        """Write a whole ledger and cut its evidence."""
        self.begin()
        often: list[Callable[[], None]] = [self.make, self.make, self.make, self.test]
        often += [self.register_site, self.approve, self.judge_actor, self.judge_key]
        seldom = [self.rotate_log_key, self.rotate_root, self.approve_early]
        seldom += [
            lambda: self.enrol(self.someone()),
            lambda: self.admit(self.chance.choice(ACTORS)),
        ]
        if not self.unlikely(0.2):
            self.forge.make(KEYS[0], LOTS[0])
        for _ in range(self.chance.randrange(12)):
            self.chance.choice(seldom if self.unlikely(0.12) else often)()
        asked = LOTS[0]
        if self.unlikely(0.1):
            asked = self.chance.choice(
                (*LOTS, *SITES, *ACTORS, f"{ACTORS[0]}#out", KEYS[0].uri, LEDGER)
            )
        show = self.forge.needed(asked)
        if self.unlikely(0.1):
            show.remove(self.chance.choice(show))
        if self.unlikely(0.05):
            more = self.chance.choice(
                (*LOTS, *ACTORS, ROOTS[1].uri, KEYS[0].uri, f"{ACTORS[0]}#out")
            )
            show += [more] if more not in show else []
        bundle = self.forge.bundle(asked, show)
        shown = bundle["statements"]
        assert isinstance(shown, dict)
        bundle["openings"] = [
            one for one in self.sealed if str(one.get("statement")) in shown or self.unlikely()
        ]
        registrar = ROOTS[1].kid if self.unlikely(0.02) else self.forge.root.kid
        return World(bundle=bundle, policy=Policy(asked=asked, log_keys=VKEYS, registrar=registrar))


def random_world(chance: Random) -> World:
    """A ledger of a dozen keys and at most twenty acts."""
    return Builder(chance).build()


__all__ = ["NOON", "World", "random_world"]
