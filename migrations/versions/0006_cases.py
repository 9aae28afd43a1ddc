"""Numbers of cases given out, and drug codes beside packs: no record, kept by backups."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "case_number",
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("given", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_case_number"),
    )
    op.create_table(
        "relation",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("serial", NUMBER, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("imported_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_relation"),
    )
    op.create_index("ix_relation_lot", "relation", ["lot", "serial"], unique=True)


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
