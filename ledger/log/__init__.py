"""The log: a Merkle tree over leaves, a map of subjects, signed checkpoints; knows only bytes."""
