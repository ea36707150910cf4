"""The stand-in as the engine's plugin: `python -m sandbox.providers.tls`."""

from sandbox.providers.base import serve
from sandbox.providers.tls.provider import TlsProvider

serve(TlsProvider())
