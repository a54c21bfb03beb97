"""The two listeners: public reads and internal writes, for programs."""
