"""The ledger: pure core, four corridors, one seam to a database; knows no HTTP, no pages."""
