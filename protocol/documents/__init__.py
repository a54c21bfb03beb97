"""What leaves the node as one file and verifies alone."""
