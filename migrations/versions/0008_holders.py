"""A token speaks for one person: the holder of the devices that it enrols.

Nobody wrote down who has which older token, so all of an actor's count as one person's: too few
people can be mended by new tokens, too many would let one approve what it signed itself.
"""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TOKEN = sa.table("token", sa.column("actor", sa.Text), sa.column("holder", sa.Text))
DIGEST_LENGTH = 12  # as of a pseudonym that nobody chose


def upgrade() -> None:
    """Add the column; the pseudonym of older tokens follows from their actor alone."""
    op.add_column("token", sa.Column("holder", sa.Text))
    connection = op.get_bind()
    for actor in connection.scalars(sa.select(TOKEN.c.actor).distinct()).all():
        holder = f"holder-{sha256(actor.encode()).hexdigest()[:DIGEST_LENGTH]}"
        connection.execute(TOKEN.update().where(TOKEN.c.actor == actor).values(holder=holder))
    with op.batch_alter_table("token") as batch:
        batch.alter_column("holder", nullable=False)


def downgrade() -> None:
    """Refuse: the history runs forward only."""
    raise RuntimeError("migrations run forward only; restore a backup instead")
