"""The stand-in `kubernetes` provider, on a real API server: server-side apply, readiness and deletion awaited."""
