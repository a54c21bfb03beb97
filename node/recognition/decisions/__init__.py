"""Decisions on one person's credential, and what their institution keeps of the case."""
