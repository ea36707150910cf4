"""The entry point of the package's plugin, which the engine starts."""

from __future__ import annotations

import sys
from pathlib import Path

# The engine starts a package in its own folder; the components are in the folder above.
sys.path.insert(0, str(Path(__file__).parents[1]))

from pulumi.provider import main

from package.components import COMPONENTS, NAME, version
from package.host import Host

if __name__ == "__main__":
    main(Host(list(COMPONENTS), NAME, version=version()), sys.argv[1:])
