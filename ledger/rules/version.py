"""The number of the rules: what one number judged, another number judges anew."""

from typing import Final

# Raise it by one with every change after which the same statements give other findings, other
# words, or other topics to find them by; tests/demonstration/test_version.py notices.
# A number and no fingerprint of the code: of two programs at one database the one with the larger
# number judges and the other leaves it alone, which needs an order.
VERSION: Final = 1
