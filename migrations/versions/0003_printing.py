"""What is planned to be packed and what went to a printer: no record, kept by backups."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "pack_plan",
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("created_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("lot", name="pk_pack_plan"),
    )
    op.create_index("ix_pack_plan_source", "pack_plan", ["source"])
    op.create_table(
        "print_job",
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("serials", sa.Text, nullable=False),
        sa.Column("reprint", NUMBER, nullable=False),
        sa.Column("paper", sa.Text, nullable=False),
        sa.Column("created_ms", NUMBER, nullable=False),
        sa.Column("drawn", NUMBER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_print_job"),
    )
    op.create_index("ix_print_job_lot", "print_job", ["lot"])


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
