"""Partners as nodes: who they are, and how each is asked."""
