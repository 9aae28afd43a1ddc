"""Who said what: keys, envelopes, statements, sealed values, who may sign: format v1, 1, 5, 6."""
