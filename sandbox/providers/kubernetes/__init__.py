"""The stand-in `kubernetes` provider, on a real API server (sandbox/providers/README.md)."""
