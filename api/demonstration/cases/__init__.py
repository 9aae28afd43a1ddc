"""One planted case and one honest look-alike for every rule, each recorded on its own ledger."""
