"""Processes that verify for this one: the pool, and the program that they run."""
