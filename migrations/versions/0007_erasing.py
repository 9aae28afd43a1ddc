"""An erased opening calls rules to judge again what rested on it, whoever erases it and how."""

from alembic import op

revision = "0007"
down_revision = "0006"

_CALL = (
    "INSERT INTO waiting (scope, due_ms) VALUES ('erased|' || OLD.statement_id, 0) "
    "ON CONFLICT (scope) DO NOTHING"
)


def upgrade() -> None:
    """Make the trigger."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER opening_erased AFTER DELETE ON opening BEGIN {_CALL}; END")
        return
    op.execute(
        "CREATE FUNCTION opening_is_erased() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {_CALL}; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER opening_erased AFTER DELETE ON opening "
        "FOR EACH ROW EXECUTE FUNCTION opening_is_erased()"
    )


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
