"""Servers that start quickly, for another program to talk to."""

from tests.http.forking import nursery

__all__ = ["nursery"]
