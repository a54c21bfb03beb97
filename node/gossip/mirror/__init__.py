"""Mirrors: verified copies of partners' logs, pulled or pushed, and cosigned once they are wholly here."""
