"""Judging again only what new statements can change: which findings, from which facts."""
