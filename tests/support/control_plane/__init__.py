"""Objects and accounts for a real API server."""
