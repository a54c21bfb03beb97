"""Changes of what stands of an award: which may follow which, and what is kept of them."""
