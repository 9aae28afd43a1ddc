"""Text in, print out: labels with a QR symbol for screens, sheets, roll printers and print shops.

Knows nothing of the ledger. A batch is an iterable of labels, drawn one by one.
"""
