"""The ledger's own JSON: recording, tracing, evidence, keys."""
