"""Bytes: how things are written, read strictly, and signed."""
