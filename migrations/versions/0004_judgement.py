"""The tables of judgement: topics to find statements by, findings, what waits, the cursor."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; nothing is judged yet."""
    op.create_table(
        "topic",
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("leaf_index", NUMBER, autoincrement=False),
        sa.PrimaryKeyConstraint("topic", "leaf_index", name="pk_topic"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("place", NUMBER, autoincrement=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in (
                "finding_id", "rule", "severity", "subject", "statement_ids", "message_cn",
                "message_en", "hook",
            )
        ),
        *(
            sa.Column(name, NUMBER, nullable=False)
            for name in ("holds", "unverified", "raised_ms", "since_ms")
        ),
        sa.Column("lifted_by", sa.Text),
        sa.PrimaryKeyConstraint("scope", "place", name="pk_finding"),
    )  # fmt: skip
    op.create_index("ix_finding_subject", "finding", ["subject"])
    op.create_index("ix_finding_finding_id", "finding", ["finding_id"])
    op.create_index("ix_finding_raised_ms", "finding", ["raised_ms", "finding_id"])
    op.create_table(
        "waiting",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("due_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_waiting"),
    )
    op.create_index("ix_waiting_due_ms", "waiting", ["due_ms"])
    judged = op.create_table(
        "judged",
        sa.Column("id", NUMBER, autoincrement=False),
        sa.Column("through", NUMBER, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judged"),
    )
    op.bulk_insert(judged, [{"id": 1, "through": 0, "at_ms": 0}])


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
