"""Files that prove what stands: receipts anew, excerpts of logs, and the presentations and verdicts made of them."""
