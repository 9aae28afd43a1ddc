"""The trade's only dictionary: kinds of event, herbs and counties in Chinese and English.

The words live beside this file as package data. `sourced` was seen in a source, `unverified` is
general knowledge that only warns, `derived` is arithmetic; the mark stays with every figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

from ledger.errors import FormError

Mark: TypeAlias = Literal["sourced", "unverified", "derived"]
Required: TypeAlias = Literal["R", "C", "O"]
Stands: TypeAlias = Literal["own", "out", "site_out", "actor_out", "market", "none"]
Place: TypeAlias = Literal[
    "body", "inputs", "outputs", "about", "inputs_mass", "outputs_mass", "about_mass", "site"
]
ElementType: TypeAlias = Literal[
    "text", "texts", "number", "integer", "amount", "mass", "area", "bool", "date", "time",
    "choice", "verdict", "uri", "lots", "adjuvants", "code", "range", "pairs", "flags", "tests",
    "findings", "file", "files", "geo", "outline", "statement",
]  # fmt: skip
EventType: TypeAlias = Literal[
    "ObjectEvent", "TransformationEvent", "TransactionEvent", "AggregationEvent"
]
FigureT = TypeVar("FigureT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing that a record of a kind says. `at` is where EPCIS keeps it; `body`: `daodi:<key>`.

    `required` is R required, C conditional, O optional; a sealed one never stands in the body.
    `added` tells that logs may hold records of the kind from before it was one of its elements.
    """

    key: str
    cn: str
    en: str
    type: ElementType
    required: Required
    sealed: bool = False
    at: Place = "body"
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of the 53 kinds. `travels` says how: an event, `site.register`, or an erasable row.

    `event_types` begins with the usual one. `stands` is the chain of the things that it is about;
    what it makes has its own chain always, and what goes in has `#out` always. A leading colon in
    `biz_step` stands for our namespace. `logged_by` are the roles that may log it, () for any.
    """

    code: str
    cn: str
    en: str
    stage: str
    travels: Literal["event", "site.register", "row"]
    event_types: tuple[EventType, ...]
    actions: tuple[str, ...]
    biz_step: str
    disposition: str
    persistent_disposition: str | None
    stands: Stands
    things: str
    makes: str
    first_season: bool
    logged_by: tuple[str, ...]
    basis: str
    elements: tuple[Element, ...]

    @property
    def event_type(self) -> EventType:
        """The EPCIS event type that a record of this kind has unless its client chose another."""
        return self.event_types[0]

    def is_for(self, roles: Iterable[str]) -> bool:
        """Whether an actor of these roles may log it."""
        return not self.logged_by or not set(self.logged_by).isdisjoint(roles)

    def element(self, key: str) -> Element | None:
        """The element of that key, the common ones included, or None."""
        found = (e for e in (*self.elements, *COMMON_ELEMENTS) if e.key == key)
        return next(found, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Generic[FigureT]):
    """A figure with the mark that says how far to trust it, and where it was seen."""

    value: FigureT
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """A name under which a herb is sold; its shelf life in months; how it is to be stored.

    `storage` is a text for labels, printed only where its mark says that it was seen.
    """

    cn: str
    also: tuple[str, ...]
    shelf_life_months: int
    mark: Mark
    fresh_cap_kg_mu: int | None = None
    storage: str = ""
    storage_mark: Mark = "unverified"

    @property
    def printed_storage(self) -> str:
        """What a label may say of storing without anybody typing it; "" when unverified."""
        return "" if self.storage_mark == "unverified" else self.storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of making a herb ready, as its guide says it."""

    cn: str
    loss: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A drug that is made from another; kilograms in for a kilogram out, least and most."""

    drug: str
    made_from: str
    ratio_in_out: Figure[tuple[float, float]]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Herb:
    """A herb. Yields in kg per 亩, ratios in kg fresh per kg dry, both least and most.

    What nobody has found out is None, and no rule judges by it. The caps are alert bounds that
    this project chose, not published numbers. `effective_from` is the day of this edition.
    """

    id: str
    effective_from: date
    cn: str
    en: str
    latin: str
    part: str = ""
    region: str = ""
    drugs: tuple[Drug, ...] = ()
    plant_months: Figure[tuple[int, ...]] | None = None
    harvest_months: Figure[tuple[int, ...]] | None = None
    growing_days: Figure[tuple[int, int]] | None = None
    fresh_yield_kg_mu: Figure[tuple[int, int]] | None = None
    dry_yield_kg_mu: Figure[tuple[int, int]] | None = None
    fresh_dry_ratio: Figure[tuple[float, float]] | None = None
    fresh_cap_kg_mu: int | None = None
    dry_cap_kg_mu: int | None = None
    rotation_years: Figure[int] | None = None
    steps: tuple[Step, ...] = ()
    steps_mark: Mark = "unverified"
    steps_source: str = ""
    derived: tuple[Derived, ...] = ()
    storage: str = ""
    storage_mark: Mark = "unverified"
    sulphur_risk: Literal["low", "medium", "high"] | None = None
    food_status: str = ""
    food_status_mark: Mark = "unverified"
    gi: str = ""
    gi_mark: Mark = "unverified"
    extra_inputs: tuple[str, ...] = ()

    @property
    def counties(self) -> frozenset[str]:
        """Codes of the counties that its region names, written there without 县, 市, 区."""
        return frozenset(code for code, county in COUNTIES.items() if county.cn[:2] in self.region)

    @property
    def gi_name(self) -> str:
        """Name of its protected geographical indication, "" where none is known."""
        name, gi, _ = self.gi.partition(" GI")
        return name if gi else ""

    def drug(self, cn: str) -> Drug | None:
        """The drug of that Chinese name, or None."""
        return next((drug for drug in self.drugs if cn == drug.cn or cn in drug.also), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """A county of the three plans: `herbs` as its plan lists them, `cluster` if one is planned."""

    code: str
    cn: str
    city: str
    city_code: str
    herbs: tuple[str, ...]
    cluster: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What an actor is admitted as; one may be several."""

    role: str
    cn: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _KindsFile:
    source: str
    common: tuple[Element, ...]
    roles: tuple[Role, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _HerbsFile:
    marks: str
    herbs: tuple[Herb, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _CountiesFile:
    note: str
    counties: tuple[County, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreBusinessVocabulary:
    """GS1's own words for business steps and dispositions. Source: CBV 2.0."""

    source: str
    biz_steps: frozenset[str]
    dispositions: frozenset[str]


FileT = TypeVar("FileT")
_DAY_MS: Final = 24 * 3_600_000
_EAST_MS: Final = 8 * 3_600_000  # China's clock is so far ahead of UTC
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def _load(name: str, shape: type[FileT]) -> FileT:
    return msgspec.json.decode(files("ledger.herbs").joinpath(name).read_bytes(), type=shape)


_KINDS_FILE: Final = _load("kinds.json", _KindsFile)
_HERBS: Final = _load("herbs.json", _HerbsFile).herbs
_COUNTIES: Final = _load("counties.json", _CountiesFile).counties

CBV: Final = _load("cbv.json", CoreBusinessVocabulary)
COMMON_ELEMENTS: Final[tuple[Element, ...]] = _KINDS_FILE.common
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.code: kind for kind in _KINDS_FILE.kinds})
ROLES: Final[Mapping[str, Role]] = MappingProxyType({r.role: r for r in _KINDS_FILE.roles})
COUNTIES: Final[Mapping[str, County]] = MappingProxyType({c.code: c for c in _COUNTIES})
CITIES: Final[Mapping[str, str]] = MappingProxyType({c.city_code: c.city for c in _COUNTIES})


def _editions(names: Iterable[tuple[str, Herb]]) -> Mapping[str, tuple[Herb, ...]]:
    """Every edition of the herb of each name, the oldest first."""
    found: dict[str, list[Herb]] = {}
    for name, each in names:
        found.setdefault(name, []).append(each)
    return {
        name: tuple(sorted(each, key=lambda edition: edition.effective_from))
        for name, each in found.items()
    }


def _names(herb: Herb) -> set[str]:
    """What a herb is called: by its own name, its drugs' and those of what is made of these."""
    drugs = {name for drug in herb.drugs for name in (drug.cn, *drug.also)}
    return {herb.cn, *drugs, *(made.drug for made in herb.derived)}


_HERBS_BY_ID: Final = _editions((herb.id, herb) for herb in _HERBS)
_HERBS_BY_NAME: Final = _editions((name, herb) for herb in _HERBS for name in _names(herb))


def kind(code: str) -> Kind:
    """Return the kind of that code. Raises FormError `unknown_kind`."""
    try:
        return KINDS[code]
    except KeyError:
        raise FormError("unknown_kind", f"{code!r} is none of the {len(KINDS)} kinds") from None


def herbs() -> tuple[Herb, ...]:
    """Return the newest edition of every herb, in the order of the plans."""
    return tuple(editions[-1] for editions in _HERBS_BY_ID.values())


def herb(herb_id: str, time_ms: int | None = None) -> Herb | None:
    """Return the herb of that id, or None: a ledger may carry herbs that no plan lists.

    With an instant in epoch milliseconds, the edition that was in force then; of a time before
    the first one, the first.
    """
    return _as_of(_HERBS_BY_ID.get(herb_id), time_ms)


def herb_named(cn: str, time_ms: int | None = None) -> Herb | None:
    """Return the herb of a Chinese name, its own or one of its drugs', or None; as `herb` does."""
    return _as_of(_HERBS_BY_NAME.get(cn.strip()), time_ms)


def _as_of(editions: Sequence[Herb] | None, time_ms: int | None) -> Herb | None:
    if not editions:
        return None
    if len(editions) == 1 or time_ms is None:
        return editions[-1]
    # Days are counted, not written: a device may claim a time that no calendar holds.
    day = (time_ms + _EAST_MS) // _DAY_MS + _EPOCH_DAY
    in_force = [each for each in editions if each.effective_from.toordinal() <= day]
    return (in_force or editions[:1])[-1]


def county_name(code: str) -> str:
    """Return the Chinese name of a county or city; an unknown code is shown as it is."""
    if code in COUNTIES:
        return COUNTIES[code].cn
    return CITIES.get(code, code)
