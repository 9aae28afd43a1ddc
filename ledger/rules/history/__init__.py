"""What rules read: facts in order of time, what came of what, whose word counts, what is known."""
