"""What the page keeps to itself though the evidence has it: ids and names of natural persons.

A person who farms for himself is admitted under his own name. The file proves it to whoever takes
it; a page that search engines read does not repeat it.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from api.public.packet.steps import PERSONS
from ledger.statements.chains import ACTOR_PREFIX, own_chain
from ledger.statements.roll import ActorRecord

PRIVATE: Final = "（自然人：这一页不写，证据文件里有）"
_ACTOR: Final = re.compile(re.escape(ACTOR_PREFIX) + r'[^"#]*')

Actors: TypeAlias = Mapping[str, ActorRecord]


def is_person(uri: str, actors: Actors) -> bool:
    """Whether a subject is a natural person, by the roles of its admission."""
    actor = actors.get(own_chain(uri))
    return actor is not None and set(actor.roles) <= PERSONS


def names_person(payload: str, actors: Actors) -> bool:
    """Whether a statement names a natural person: an admission, an enrolment, a suspension."""
    return any(is_person(uri, actors) for uri in _ACTOR.findall(payload))
