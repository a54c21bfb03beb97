"""What logs say, own and followed alike, and when it was logged."""
