"""The index of a log, kept in pages: grown from its entries, proved from memory or the database, checked."""
