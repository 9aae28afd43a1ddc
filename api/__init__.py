"""Three platforms over one ledger: HTTP, pages, and the `daodi` command."""
