"""What people report: rows that can be erased, no statements; and scans found by their day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table of complaints, and the index by which a day's scans are tallied."""
    op.create_table(
        "complaint",
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("contact", sa.Text),
        sa.Column("received_ms", NUMBER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("closed_ms", NUMBER),
        sa.PrimaryKeyConstraint("receipt", name="pk_complaint"),
    )
    op.create_index("ix_complaint_lot", "complaint", ["lot"])
    op.create_index("ix_scan_day", "scan", ["day"])


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
