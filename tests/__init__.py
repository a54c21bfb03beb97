"""The tests mirror the packages; what they share is in ``support``."""
