"""Which version of the rules judged, and what is still to be judged anew by this one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns. 0 is before the first version: nobody wrote down which rules those were."""
    for table, name in (
        ("judged", "version"),
        ("judged", "to_index"),
        ("judged", "to_judge"),
        ("finding", "version"),
    ):
        op.add_column(table, sa.Column(name, NUMBER, nullable=False, server_default="0"))


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
