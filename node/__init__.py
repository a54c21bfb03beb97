"""A Nostra node: appends, mirrors, answers; everything with I/O that stands on `protocol`."""

__version__ = "0.1.0"
