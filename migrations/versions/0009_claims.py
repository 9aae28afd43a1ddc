"""Who claims what a finding says, where only strangers say it; older findings are judged anew."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column. Whoever migrates replays the log, and with it judges everything again."""
    op.add_column("finding", sa.Column("claimed_by", sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
