"""The rules themselves, one file a family; each rule is a function named by its id, as `mb1`."""
