"""Programs of the sandbox's stacks, as the engine finds them in a project's folder.

Each run has a process of its own, as with the engine's command line: gRPC's asynchronous half, over which the engine
calls a program's hooks and transforms, knows one event loop a process, and ends a process that has many of them.
"""

from __future__ import annotations

import functools
import pickle
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

Program = Path | Callable[[], None]
ROOT = Path(__file__).parents[2]
MAIN = f"""\
import pickle
import sys
from pathlib import Path

import pulumi

sys.path.insert(1, {str(ROOT)!r})
pickle.loads(Path(__file__).with_name(f"{{pulumi.get_stack()}}.pickle").read_bytes())()
"""


def write(folder: Path, stack: str, program: Program) -> None:
    """Write a program into a project's folder.

    Args:
        folder: the project's.
        stack: its name.
        program: a folder with a `__main__.py`, or a function that pickle can name.

    Raises:
        pickle.PicklingError, AttributeError: the function is one of a function's own.
    """
    function = functools.partial(run_folder, program) if isinstance(program, Path) else program
    (folder / f"{stack}.pickle").write_bytes(pickle.dumps(function))
    (folder / "__main__.py").write_text(MAIN)


def run_folder(folder: Path) -> None:
    """Runs a folder's `__main__.py`; as with `python folder`, that folder is where its imports begin."""
    sys.path.insert(0, str(folder))
    runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
