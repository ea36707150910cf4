"""The pack's entry, whatever the folder is called: `FOLDER ADDRESS` is the engine's, `FOLDER check FILE` for people."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PACKAGE = "policies"


def become_package() -> None:
    """Makes this folder the package `policies`, so that its modules find each other from a copy, too."""
    # A folder that Python runs is also a place for imports; modules here must not stand in for others of their name.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{FOLDER} is no policy pack")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def is_address(argument: str) -> bool:
    """Whether it is what the engine gives: host and port."""
    return argument.rpartition(":")[2].isdigit()


if __name__ == "__main__":
    become_package()
    if is_address("".join(sys.argv[1:2])):
        from policies.kernel.server import serve
        from policies.registry import PACK, POLICIES

        serve(PACK, POLICIES)
    else:
        from policies.check.cli import main

        sys.exit(main())
