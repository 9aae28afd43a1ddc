"""A second verifier of evidence bundles, written from format v1 alone, sharing no code."""
