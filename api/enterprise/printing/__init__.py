"""Printing at the desk and by programs: packs of a lot, what is printed ahead, drug codes."""
