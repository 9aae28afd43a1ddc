"""One tap deeper than 我懂技术: the evidence of a thing, written out to be recomputed."""
