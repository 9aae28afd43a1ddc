"""Other numbers of things, so that a lot is found by its 药品追溯码, its case or its report."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; its rows follow from the log, and `daodi migrate` replays it."""
    op.create_table(
        "alias",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("subject_id", NUMBER, autoincrement=False),
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("leaf_index", NUMBER, autoincrement=False),
        sa.PrimaryKeyConstraint("number", "subject_id", "scheme", "leaf_index", name="pk_alias"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alias_leaf_index", "alias", ["leaf_index"])


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
