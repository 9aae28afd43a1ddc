"""The interfaces that other software already speaks."""
