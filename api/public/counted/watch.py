"""What this process keeps in mind of those who ask, for hours at most: guesses and sightings."""

from dataclasses import dataclass

from api.public.counted.guesses import Guesses
from api.scans import Sightings


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Codes that nobody issued by address, and where packs were seen."""

    guesses: Guesses
    sightings: Sightings
