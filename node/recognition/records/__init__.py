"""Private records: each under a key of its own, which hangs from a key outside the database."""
