"""Indexes between partners: cosigned by who computed them, pulled, and convicted where they are wrong."""
