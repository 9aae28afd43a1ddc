"""A case: what is planted for a rule, and the honest look-alike that the rule must let pass."""

from collections.abc import Callable
from dataclasses import dataclass

from api.demonstration.cases.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One season: its story in a sentence, and the acts."""

    cn: str
    plan: Callable[[Scene], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Both sides of a rule; a rule that finds several things has several cases."""

    rule: str
    planted: Side
    alike: Side
