"""Backups: what only this node has, in a file that its keys open, and the keys in another."""
