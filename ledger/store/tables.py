"""The tables: `entry` is the only truth, projections follow; then judgement, and no record."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite gives a rowid alias only to INTEGER; PostgreSQL's indices may pass 2^31.
_Number = BigInteger().with_variant(Integer, "sqlite")

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# The only truth. Append-only: triggers of the first migration refuse UPDATE and DELETE.
entry: Final = Table(
    "entry",
    metadata,
    Column("leaf_index", _Number, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("statement_id", Text, nullable=True, unique=True),
    Column("payload", LargeBinary, nullable=True),
    Column("signature", LargeBinary, nullable=True),
)

# Projections: dropped and made again by `daodi rebuild`, row for row.
statement: Final = Table(
    "statement",
    metadata,
    Column("leaf_index", _Number, primary_key=True, autoincrement=False),
    Column("key_id", Text, nullable=False),
    Column("key_seq", _Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event_kind", Text, nullable=False),
    Column("event_ms", _Number, nullable=True),
    Column("admitted_ms", _Number, nullable=False),
    UniqueConstraint("key_id", "key_seq"),
)
subject: Final = Table(
    "subject",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("subject_key", LargeBinary, nullable=False, unique=True),
    Column("uri", Text, nullable=False),  # is asked for by its key, the one index a new chain costs
    Column("count", _Number, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
)
chain: Final = Table(
    "chain",
    metadata,
    Column("subject_id", _Number, primary_key=True, autoincrement=False),
    Column("subject_seq", _Number, primary_key=True, autoincrement=False),
    Column("leaf_index", _Number, nullable=False),
    Index("ix_chain_leaf_index", "leaf_index"),
    sqlite_with_rowid=False,
)
thing: Final = Table(
    "thing",
    metadata,
    Column("subject_id", _Number, primary_key=True, autoincrement=False),
    Column("leaf_index", _Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("herb", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("mass_g", _Number, nullable=True),
    Index("ix_thing_leaf_index", "leaf_index"),
)
edge: Final = Table(
    "edge",
    metadata,
    Column("child_id", _Number, primary_key=True, autoincrement=False),
    Column("parent_id", _Number, primary_key=True, autoincrement=False),
    Column("leaf_index", _Number, nullable=False),
    Column("mass_g", _Number, nullable=True),
    Index("ix_edge_parent_id", "parent_id", "child_id"),
    Index("ix_edge_leaf_index", "leaf_index"),
    sqlite_with_rowid=False,
)
alias: Final = Table(
    "alias",
    metadata,
    Column("number", Text, primary_key=True),
    Column("subject_id", _Number, primary_key=True, autoincrement=False),
    Column("scheme", Text, primary_key=True),
    Column("leaf_index", _Number, primary_key=True, autoincrement=False),
    Index("ix_alias_leaf_index", "leaf_index"),
    sqlite_with_rowid=False,
)
PROJECTIONS: Final = (statement, subject, chain, thing, edge, alias)

# No record: what these hold follows from no leaf. Backups keep them; DESIGN.md lists them.
signed_head: Final = Table(
    "signed_head",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
opening: Final = Table(
    "opening",
    metadata,
    Column("statement_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("value", Text, nullable=False),
)
rival: Final = Table(
    "rival",
    metadata,
    Column("statement_id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("key_seq", _Number, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("received_ms", _Number, nullable=False),
)
token: Final = Table(
    "token",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("created_ms", _Number, nullable=False),
    Column("holder", Text, nullable=False),
)
scan: Final = Table(
    "scan",
    metadata,
    Column("code", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("province", Text, primary_key=True),
    Column("count", _Number, nullable=False),
    Index("ix_scan_day", "day"),
)
# What a packer means to pack, until the packing is stated; and what went to a printer.
pack_plan: Final = Table(
    "pack_plan",
    metadata,
    Column("lot", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("created_ms", _Number, nullable=False),
    Index("ix_pack_plan_source", "source"),
)
print_job: Final = Table(
    "print_job",
    metadata,
    Column("job", Text, primary_key=True),
    Column("lot", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("serials", Text, nullable=False),
    Column("reprint", _Number, nullable=False),
    Column("paper", Text, nullable=False),
    Column("created_ms", _Number, nullable=False),
    Column("drawn", _Number, nullable=False),
    Column("state", Text, nullable=False),
    Index("ix_print_job_lot", "lot"),
)
# How many case and pallet numbers of a GS1 company prefix were given out.
case_number: Final = Table(
    "case_number",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("given", _Number, nullable=False),
)
complaint: Final = Table(
    "complaint",
    metadata,
    Column("receipt", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("contact", Text, nullable=True),
    Column("received_ms", _Number, nullable=False),
    Column("state", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("closed_ms", _Number, nullable=True),
    Index("ix_complaint_lot", "lot"),
)
# A drug's 20 digits beside the pack that they stand on: an import's word, which nobody signed.
relation: Final = Table(
    "relation",
    metadata,
    Column("number", Text, primary_key=True),
    Column("lot", Text, nullable=False),
    Column("serial", _Number, nullable=False),
    Column("actor", Text, nullable=False),
    Column("imported_ms", _Number, nullable=False),
    Index("ix_relation_lot", "lot", "serial", unique=True),
)
NO_RECORD: Final = (
    signed_head, opening, rival, token, scan, complaint, pack_plan, print_job, case_number,
    relation,
)  # fmt: skip

# Judgement: follows from the log, from what is erasable (openings, scans) and from the time it is.
# `daodi rebuild` judges anew, and an audit compares it with a complete replay.
topic: Final = Table(
    "topic",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("leaf_index", _Number, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
finding: Final = Table(
    "finding",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("place", _Number, primary_key=True, autoincrement=False),
    Column("finding_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("statement_ids", Text, nullable=False),
    Column("message_cn", Text, nullable=False),
    Column("message_en", Text, nullable=False),
    Column("hook", Text, nullable=False),
    Column("holds", _Number, nullable=False),
    Column("unverified", _Number, nullable=False),
    Column("raised_ms", _Number, nullable=False),
    Column("since_ms", _Number, nullable=False),
    Column("lifted_by", Text, nullable=True),
    Column("claimed_by", Text, nullable=False, server_default="[]"),
    Column("version", _Number, nullable=False, server_default="0"),
    Index("ix_finding_subject", "subject"),
    Index("ix_finding_finding_id", "finding_id"),
    Index("ix_finding_raised_ms", "raised_ms", "finding_id"),
)
waiting: Final = Table(
    "waiting",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("due_ms", _Number, nullable=False),
    Index("ix_waiting_due_ms", "due_ms"),
)
judged: Final = Table(
    "judged",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("through", _Number, nullable=False),
    Column("at_ms", _Number, nullable=False),
    Column("version", _Number, nullable=False, server_default="0"),
    Column("to_index", _Number, nullable=False, server_default="0"),
    Column("to_judge", _Number, nullable=False, server_default="0"),
)
JUDGEMENT: Final = (topic, finding, waiting, judged)
