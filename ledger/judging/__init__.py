"""The corridor of judgement: follows the log, finds what rules say of it, keeps it to be read."""
