"""Run unit and policy tests on every other Python of this machine, and compare what the program renders there.

    python -m tools.pythons               # every interpreter found: python3.X in PATH, and pyenv's
    python -m tools.pythons --digest      # what this one renders, as a digest

Each interpreter gets a virtual environment `.venv-3.X` from the hashed lock. The digest covers every input of every
resource that a preview registers, user data and policies included: where it is the same, changing Python replaces
nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from google.protobuf import json_format

from sandbox.engine.stack import ROOT

MINORS: Final = range(11, 15)
"""Of Python 3, as pyproject.toml's `requires-python` has them."""


def digest() -> str:
    """SHA-256 of the program's registrations in a preview with the sandbox's settings."""
    # The emulated AWS is expensive to import, and only this process needs it.
    from tests.support.program.whole_program import made  # noqa: PLC0415

    registered = made(preview=True).resources
    texts = sorted(
        json.dumps([one.urn, json_format.MessageToDict(one.request.object)], sort_keys=True) for one in registered
    )
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def version(python: str) -> str:
    """The version, such as `3.12`; empty if it is not Python."""
    asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def interpreters() -> Mapping[str, str]:
    """Version -> path of an interpreter of each supported version but this one's."""
    found: dict[str, str] = {}
    for minor in MINORS:
        kept = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3"))
        for python in (shutil.which(f"python3.{minor}"), *map(str, kept)):
            if python and version(python) == f"3.{minor}":
                found[f"3.{minor}"] = python
    found.pop(f"{sys.version_info[0]}.{sys.version_info[1]}", None)
    return found


def prepared(name: str, python: str) -> str:
    """The interpreter of a virtual environment with the locked packages."""
    folder = ROOT / f".venv-{name}"
    own = str(folder / "bin" / "python")
    if not Path(own).exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*uv, "--python", own, "-r", str(ROOT / "requirements-dev.txt")], check=True)
    return own


def main(arguments: Sequence[str]) -> int:
    """The process's exit code: 0 if every interpreter passes and renders the same."""
    parser = argparse.ArgumentParser(prog="python -m tools.pythons", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--digest", action="store_true", help="print what this interpreter renders, as a digest")
    if parser.parse_args(arguments).digest:
        print(digest())
        return 0
    others = interpreters()
    if not others:
        print("no other Python from 3.11 to 3.14 in PATH", file=sys.stderr)
        return 1
    expected, failed = digest(), set[str]()
    for name, python in others.items():
        own = prepared(name, python)
        print(f"Python {name}: {python}", flush=True)
        rendered = subprocess.run(
            [own, "-m", "tools.pythons", "--digest"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if rendered.stdout.strip() != expected:
            print(f"Python {name} renders something else than this one\n{rendered.stderr}", file=sys.stderr)
            failed.add(name)
        tests = [own, "-m", "pytest", "tests/unit", "tests/policies", "-n", "2", "--dist", "loadfile", "-q"]
        if subprocess.run(tests, cwd=ROOT, check=False).returncode:
            failed.add(name)
    print(f"passed: {', '.join(name for name in others if name not in failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
