"""Entries in clear: who publishes them, who looks at them first, and the key that signs rosters and verdicts."""
