"""Attached files and photos: kept under their hash, looked into by a process of its own."""
