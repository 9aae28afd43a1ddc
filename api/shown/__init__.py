"""Records as people read them: values, names of things and statements, lineages, findings."""
