"""Documents in, documents out: what other systems write; knows protocol, not the store."""
