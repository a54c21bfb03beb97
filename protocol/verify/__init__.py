"""Offline verification: a file and whom one trusts in, a report out."""
