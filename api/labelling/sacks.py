"""Labels for sacks, printed ahead of a harvest: a tag says nothing until a lot is bound to it."""

import secrets
from collections.abc import Iterator
from typing import Final

from api.demonstration.mark import is_demonstration
from api.labelling.faces import printed_link
from api.opened.ledger import OpenedLedger
from labels.layout import Label
from ledger.errors import FormError
from ledger.herbs.tags import TAG_CHANCE_BYTES, grouped_tag, new_tag

TAGS_MAX: Final = 5_000  # of one printing: a cooperative's autumn


def new_tags(opened: OpenedLedger, count: int) -> list[str]:
    """So many new tags, no two alike. Raises FormError `bad_query`."""
    if not 1 <= count <= TAGS_MAX:
        raise FormError("bad_query", f"一次印 1 到 {TAGS_MAX} 个袋签")
    secret = opened.folder.secret()
    tags: dict[str, None] = {}
    while len(tags) < count:
        tags[new_tag(secrets.token_bytes(TAG_CHANCE_BYTES), secret)] = None
    return [*tags]


def tag_labels(opened: OpenedLedger, tags: list[str]) -> Iterator[Label]:
    """A label for each tag; the field tells what to do with it."""
    base_url, demo = opened.settings.printed_base_url, is_demonstration(opened.origin)
    return (
        Label(
            url=printed_link(base_url, tag),
            code_lines=(grouped_tag(tag),),
            fields=(("用法", "采收、收购时扫码登记"),),
            title="袋签",
            demo=demo,
        )
        for tag in tags
    )
