"""The plugin: `python -m sandbox.providers.aws`."""

from sandbox.providers.aws.provider import AwsProvider
from sandbox.providers.base import serve

serve(AwsProvider())
