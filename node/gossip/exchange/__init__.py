"""What partners tell and ask each other, and how each has stood."""
