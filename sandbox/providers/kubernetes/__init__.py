"""The stand-in `kubernetes` provider, on a real API server: docs/sandbox.md says whose behaviour it has."""
