"""Judges: pure functions from a history to what must be said of it, each with its legal source."""
