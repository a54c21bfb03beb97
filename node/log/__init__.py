"""Run a log: admit, sequence, integrate, publish, prove."""
