"""The corridor to regulators: replay everything the ledger holds, and name what does not add up."""
