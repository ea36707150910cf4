"""The plugin: `python -m sandbox.providers.kubernetes`."""

from sandbox.providers.base import serve
from sandbox.providers.kubernetes.provider import KubernetesProvider

serve(KubernetesProvider())
