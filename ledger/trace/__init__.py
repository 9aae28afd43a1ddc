"""The corridor out to people: a code, its lot, its lineage, and what this reader may see."""
