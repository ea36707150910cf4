"""Emulated AWS on this machine: moto, preceded by the operations that moto lacks.

`server` serves both on loopback; `inprocess.emulated_aws` provides the same to unit tests. A request is routed, parsed
and validated with the service models of botocore; the operations in `services` use a store that moto's own reset
clears, all other requests go on to moto.
"""

AUTHENTICATE, AUTHORIZE = "/_eks/authenticate", "/_eks/authorize"
"""Paths of the two webhooks that the API server asks."""
API_SERVER_VARIABLE = "PALISADE_SANDBOX_API_SERVER"
"""Environment variable: URL of the real API server that every cluster here is said to have."""
AUTHORITY_VARIABLE = "PALISADE_SANDBOX_CA_FILE"
"""Environment variable: PEM file with the authority of that API server."""
