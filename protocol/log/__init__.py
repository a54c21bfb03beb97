"""The log: its tree, its inclusion and consistency proofs, its tiles and its checkpoint."""
