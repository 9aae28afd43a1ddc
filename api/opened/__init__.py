"""A ledger as a process has it: its folder and keys, opened, appended to in groups, and judged."""
