"""What the engine starts for the package: the SDK's component host."""

from __future__ import annotations

import sys
from pathlib import Path

# A package is started from its own folder, and the components lie beside it.
sys.path.insert(0, str(Path(__file__).parents[1]))

from pulumi.provider.experimental import component_provider_host

from package.components import COMPONENTS, NAME, version

if __name__ == "__main__":
    component_provider_host(list(COMPONENTS), NAME, version=version())
