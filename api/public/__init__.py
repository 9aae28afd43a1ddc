"""The public's platform: one page for a code, and the field to type it into."""
