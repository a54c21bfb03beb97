"""Awards: what an institution issued, and in whose name it may."""
