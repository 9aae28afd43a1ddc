"""The corridor in: verify, admit, append, receipt."""
