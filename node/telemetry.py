"""Log events with fields, and the node's metrics."""
