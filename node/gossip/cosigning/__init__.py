"""This node as a cosigner: its keys, its witness, and what it remembers of what it cosigned."""
