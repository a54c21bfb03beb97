"""What partners say of each other's logs: cosignatures and the trust policy that asks for them."""
