"""The one HTTP client for audit, ask and partners."""
