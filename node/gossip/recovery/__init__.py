"""A lost log comes back from partners; a restored cosigner waits until it has caught up."""
