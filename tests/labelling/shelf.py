"""A dried lot with its whole history, ready to be packed, and a clerk at the printing desk."""

from dataclasses import dataclass
from time import sleep
from typing import Any

from httpx import Response

from api.access import COOKIE
from ledger.canonical import JsonObject
from ledger.herbs.identifiers import code_of_uri, new_code, site_uri
from ledger.statements.pen import Pen
from tests.chain import Chain
from tests.http.served import Served

BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}
DRIED_G = 100_000
HOUR_MS = 3_600_000
POLL_S = 0.005
LICENCES: JsonObject = {
    "uscc": "91410825MA00000000",
    "drug_production": "豫20260001",
    "address": "河南省焦作市温县演示路 1 号",
    "contact": "0391-0000000",
    "gi": {"huaidihuang": "2003年第105号"},
}
PIECE = {
    "sort": "decoction_piece",
    "unit": "500",
    "packed": "10",
    "months": "36",
    "standard": "《中国药典》2025年版一部",
    "storage": "置通风干燥处，防霉防蛀",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The things of a small season; `dried` holds a hundred kilograms and is the works'."""

    plot: str
    crop: str
    fresh: str
    dried: str

    @property
    def code(self) -> str:
        """The dried lot's code."""
        return code_of_uri(self.dried)


def stock_shelf(
    chain: Chain, *, county: str = "410825", gap: str = "none", **fresh: object
) -> Shelf:
    """Sow, harvest and dry; `gap` is the plot's status, `fresh` changes the harvest.

    Hours ago: a chain's clock runs ahead of a browser's, and what is packed has been dried before.
    """
    plot = site_uri(chain.origin, new_code(chain.chance()))
    body: JsonObject = {
        "site": plot, "kind": "plot", "county": county, "area_m2": 6_667, "gap_status": gap,
    }  # fmt: skip
    chain.record("cooperative", "site.register", body, [plot])
    shelf = Shelf(plot=plot, crop=chain.crop(), fresh=chain.lot(), dried=chain.lot())
    chain.do(
        "cooperative", "SOW", inputs=[(chain.lot(), 400_000), (plot, None)],
        outputs=[(shelf.crop, None)], area_m2=6_667, herb="huaidihuang",
        event_ms=chain.now_ms - 3 * HOUR_MS,
    )  # fmt: skip
    said = {"plot": plot, "area_m2": 6_667, "method": "hand", "pickers": ["李四"]}
    chain.do(
        "cooperative", "HARVEST", inputs=[(shelf.crop, None)], outputs=[(shelf.fresh, 500_000)],
        herb="huaidihuang", drug="鲜地黄", event_ms=chain.now_ms - 2 * HOUR_MS, **(said | fresh),
    )  # fmt: skip
    chain.do(
        "works", "DRY", inputs=[(shelf.fresh, 500_000)], outputs=[(shelf.dried, DRIED_G)],
        method="kiln", temperature_c=60, hours=70, final_moisture=13, drug="生地黄",
        event_ms=chain.now_ms - HOUR_MS,
    )  # fmt: skip
    return shelf


def release(
    chain: Chain, lot: str, *, conclusion: str = "pass", by: tuple[str, str] = ("quality", "works")
) -> None:
    """A laboratory's report, and two people's release."""
    chain.do(
        "laboratory", "TEST", about=[(lot, None)], report_no="R-1", lab_cma="CMA-1",
        items=[{"item": "水分", "value": 13, "passed": True}],
        **({"conclusion": conclusion} if conclusion else {}),
    )  # fmt: skip
    receipt = chain.do(by[0], "RELEASE", about=[(lot, 100)], decision="release")
    chain.record(by[1], "approve", {"statement": receipt.leaf.statement_id.hex()}, [lot])


def hold(chain: Chain, lot: str) -> None:
    """The works stop the sale."""
    chain.do("works", "HOLD", about=[(lot, None)], reason="抽检", public_words="正在抽检，先别卖。")


@dataclass
class Clerk:
    """Somebody at the desk: forms as a browser posts them, JSON as a program does."""

    served: Served
    who: str = "works"

    @property
    def pen(self) -> Pen:
        """The key that signs."""
        return self.served.chain.pens[self.who]

    def see(self, path: str, **query: object) -> Response:
        """A page."""
        params = {key: str(value) for key, value in query.items()}
        return self.served.client.get(path, params=params, headers=self._cookie())

    def send(self, path: str, form: dict[str, Any]) -> Response:
        """A form without script."""
        return self.served.client.post(
            path, data=form, headers=self._cookie(), follow_redirects=False
        )

    def ask(self, path: str, value: dict[str, Any]) -> Response:
        """JSON with a bearer token."""
        return self.served.client.post(path, json=value, headers=self.served.bearing(self.who))

    def plan(self, shelf: Shelf, **wish: str) -> str:
        """Plan packs through the form; the new pack lot's code."""
        answer = self.send(f"/enterprise/printing/{shelf.code}/plan", PIECE | wish)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).rpartition("/")[2]

    def print(self, lot: str, count: int, **paper: object) -> dict[str, Any]:
        """Begin a job and wait until it is drawn."""
        begun = self.ask("/v1/labels", {"lot": lot, "count": count, **paper})
        assert begun.status_code == 202, begun.text
        return self.wait(begun.json()["job"])

    def wait(self, job: str) -> dict[str, Any]:
        """Ask until a job is no longer drawn."""
        headers = self.served.bearing(self.who)
        while True:
            state: dict[str, Any] = self.served.client.get(
                f"/v1/labels/{job}", headers=headers
            ).json()
            if state["state"] in {"ready", "failed", "cleared"}:
                return state
            sleep(POLL_S)  # whoever asks without a pause keeps a core from who draws

    def file(self, state: dict[str, Any]) -> bytes:
        """What a job drew."""
        answer = self.served.client.get(state["file"], headers=self.served.bearing(self.who))
        assert answer.status_code == 200
        return answer.content

    def state(self, lot: str, last: object, spoiled: str = "") -> list[dict[str, Any]]:
        """Ask for the drafts of the statement, sign them all and send them."""
        answer = self.ask(f"/v1/labels/{lot}/stating", {"last": last, "spoiled": spoiled})
        assert answer.status_code == 200, answer.text
        return self.sign(answer.json()["drafts"])

    def void(self, lot: str, serials: str, reason: str = "damaged") -> list[dict[str, Any]]:
        """Withdraw serials by a signed statement."""
        answer = self.ask(f"/v1/labels/{lot}/void", {"serials": serials, "reason": reason})
        assert answer.status_code == 200, answer.text
        return self.sign(answer.json()["drafts"])

    def sign(self, drafts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Sign drafts as the browser does, and record them; what was refused is returned."""
        refused = [one for draft in drafts for one in draft["refusals"]]
        for draft in () if refused else drafts:
            parcel = self.served.chain.write(
                self.who, "event", draft["body"], draft["subjects"],
                inputs=draft["inputs"], outputs=draft["outputs"],
            )  # fmt: skip
            answer = self.served.post(parcel)
            assert answer.status_code == 201, answer.text
        return refused

    def _cookie(self) -> dict[str, str]:
        return {**BROWSER, "cookie": f"{COOKIE}={self.served.token(self.who)}"}
