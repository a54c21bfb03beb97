"""Frozen settings from one TOML file and the environment; each documented and bounded."""
