"""Composition root: build every part from the configuration, run it in one task group, stop in order."""
