"""PostgreSQL, the only store; SQL lives here and nowhere else."""
