"""How own logs get from durable to shown: pushed to partners' mirrors, and held before that."""
