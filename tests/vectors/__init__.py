"""Golden vectors: one file per case, and the modules that build them."""
