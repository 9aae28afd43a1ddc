"""The topics of the `daodi` command, a file each; `api.cli` finds them by name."""
