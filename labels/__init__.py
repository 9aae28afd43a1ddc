"""Text in, print out: labels with a QR symbol as PNG and SVG. Knows nothing of the ledger."""
