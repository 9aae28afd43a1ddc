"""What is counted of those who ask, and never who they are: scans, provinces, guesses."""
