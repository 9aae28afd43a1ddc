"""Fewer pages for each statement: subjects are found by their keys alone, ids stand in `entry`."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Drop an index and a column that nothing asks for; the rows stay, and are replayed besides."""
    with op.batch_alter_table("subject") as batch:
        batch.drop_constraint("uq_subject_uri", type_="unique")
    with op.batch_alter_table("statement") as batch:
        batch.drop_column("statement_id")


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
