"""What is kept of a person: which duty keeps it, what belongs together, and how all of it goes."""
