"""What is left of each lot with each holder in grams, and where more is gone than there was."""
