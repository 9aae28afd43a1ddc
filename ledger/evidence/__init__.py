"""The corridor to strangers: make an evidence bundle; verify one, with no database."""
