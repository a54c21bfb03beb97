"""Awards, rules, decisions and queries of a running node."""
