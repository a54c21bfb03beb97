"""The composition root: from a configuration to a node that runs, and nothing else."""
