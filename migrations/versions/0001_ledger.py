"""The ledger's first tables, and the triggers that keep `entry` append-only on both databases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, then the triggers."""
    op.create_table(
        "entry",
        sa.Column("leaf_index", NUMBER, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("statement_id", sa.Text),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("signature", sa.LargeBinary),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_entry"),
        sa.UniqueConstraint("statement_id", name="uq_entry_statement_id"),
    )
    _projections()
    _no_record()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def _projections() -> None:
    op.create_table(
        "statement",
        sa.Column("leaf_index", NUMBER, autoincrement=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("key_seq", NUMBER, nullable=False),
        sa.Column("statement_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("event_kind", sa.Text, nullable=False),
        sa.Column("event_ms", NUMBER),
        sa.Column("admitted_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_statement"),
        sa.UniqueConstraint("key_id", "key_seq", name="uq_statement_key_id"),
    )
    op.create_table(
        "subject",
        sa.Column("id", NUMBER, autoincrement=False),
        sa.Column("subject_key", sa.LargeBinary, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("head_hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subject"),
        sa.UniqueConstraint("subject_key", name="uq_subject_subject_key"),
        sa.UniqueConstraint("uri", name="uq_subject_uri"),
    )
    op.create_table(
        "chain",
        sa.Column("subject_id", NUMBER, autoincrement=False),
        sa.Column("subject_seq", NUMBER, autoincrement=False),
        sa.Column("leaf_index", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "subject_seq", name="pk_chain"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_chain_leaf_index", "chain", ["leaf_index"])
    op.create_table(
        "thing",
        sa.Column("subject_id", NUMBER, autoincrement=False),
        sa.Column("leaf_index", NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("herb", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mass_g", NUMBER),
        sa.PrimaryKeyConstraint("subject_id", name="pk_thing"),
    )
    op.create_index("ix_thing_leaf_index", "thing", ["leaf_index"])
    op.create_table(
        "edge",
        sa.Column("child_id", NUMBER, autoincrement=False),
        sa.Column("parent_id", NUMBER, autoincrement=False),
        sa.Column("leaf_index", NUMBER, nullable=False),
        sa.Column("mass_g", NUMBER),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name="pk_edge"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_edge_parent_id", "edge", ["parent_id", "child_id"])
    op.create_index("ix_edge_leaf_index", "edge", ["leaf_index"])


def _no_record() -> None:
    op.create_table(
        "signed_head",
        sa.Column("size", NUMBER, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_signed_head"),
    )
    op.create_table(
        "opening",
        sa.Column("statement_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("statement_id", "name", name="pk_opening"),
    )
    op.create_table(
        "rival",
        sa.Column("statement_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("key_seq", NUMBER, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("received_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name="pk_rival"),
    )
    op.create_table(
        "token",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("created_ms", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_token"),
    )
    op.create_table(
        "scan",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("province", sa.Text, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("code", "day", "province", name="pk_scan"),
    )


def _sqlite_triggers() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER entry_refuses_{verb.lower()} BEFORE {verb} ON entry "
            f"BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END"
        )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'entry is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER entry_refuses_change BEFORE UPDATE OR DELETE ON entry "
        "FOR EACH ROW EXECUTE FUNCTION entry_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER entry_refuses_truncate BEFORE TRUNCATE ON entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION entry_is_append_only()"
    )


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
