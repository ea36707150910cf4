"""Write a bill of materials (CycloneDX) and the licences of all dependencies: `python -m tools.sbom`.

For the program with its pack and package, and for development, `dist/` gets `NAME-VERSION.cdx.json` and
`NAME-VERSION-licences.md`: each lock is installed into an empty environment, which cyclonedx-bom reads. That tool has a
lock of its own (requirements-sbom.txt). The Go modules from which the sandbox's tools are built are not part of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from package.components import version
from sandbox.engine.programs import ROOT
from tools.markdown import table

LOCKS: Final = {"palisade": "requirements.txt", "palisade-development": "requirements-dev.txt"}
"""Name of the bill -> the lock that it describes."""
TOOL_LOCK: Final = "requirements-sbom.txt"
SPECIFICATION: Final = "1.6"
FREE_TEXT: Final = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({d.metadata['Name']: d.metadata.get('License') for d in m.distributions()}))"
)
"""Asks an environment for its packages' field License."""


class NoLicenceError(Exception):
    """Dependencies without a licence."""


def environment(folder: Path, lock: str) -> Path:
    """The interpreter of a new virtual environment with only a lock's packages."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", lock]
    subprocess.run(install, cwd=ROOT, check=True)
    return python


def bill(tool: Path, python: Path) -> dict[str, Any]:
    """The bill of materials of an environment, the same for the same packages."""
    command = [tool, "environment", "--output-reproducible", "--spec-version", SPECIFICATION]
    about = ["--pyproject", ROOT / "pyproject.toml", "--mc-type", "application"]
    made = subprocess.run([*command, *about, python], cwd=ROOT, capture_output=True, text=True, check=True)
    asked = subprocess.run([python, "-c", FREE_TEXT], capture_output=True, text=True, check=True)
    return completed(json.loads(made.stdout), json.loads(asked.stdout))


def completed(bill: dict[str, Any], texts: Mapping[str, str | None]) -> dict[str, Any]:
    """The bill with free-text licences of packages, which the tool omits."""
    for component in bill["components"]:
        text = (texts.get(component["name"]) or "").strip()
        if not component.get("licenses") and text:
            component["licenses"] = [{"license": {"name": text.splitlines()[0], "acknowledgement": "declared"}}]
    return bill


def licences(bill: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(Name, version, licences) of every component, by name.

    Raises:
        NoLicenceError: names all components without one.
    """
    rows, without = [], []
    for component in bill["components"]:
        names = sorted(set(_licences(component)))
        if not names:
            without.append(f"{component['name']} {component['version']}")
        rows.append((component["name"], component["version"], ", ".join(names)))
    if without:
        raise NoLicenceError(f"no licence is named by {', '.join(without)}")
    yield from sorted(rows)


def _licences(component: Mapping[str, Any]) -> Iterator[str]:
    for one in component.get("licenses", ()):
        licence = one.get("license", {})
        if name := one.get("expression") or licence.get("id") or licence.get("name"):
            yield name.removeprefix("License :: ").removeprefix("OSI Approved :: ")


def document(name: str, rows: Iterable[tuple[str, str, str]]) -> str:
    """The licences as a document."""
    return f"# Licences of the dependencies of {name} {version()}\n\n{table(('package', 'version', 'licence'), rows)}"


def main() -> int:
    """Write all files; return 1 if a licence is missing."""
    out = ROOT / "dist"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tool = environment(Path(scratch) / "tool", TOOL_LOCK).with_name("cyclonedx-py")
        for name, lock in LOCKS.items():
            made = bill(tool, environment(Path(scratch) / name, lock))
            path = out / f"{name}-{version()}.cdx.json"
            path.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
            shown = path.with_name(f"{name}-{version()}-licences.md")
            try:
                shown.write_text(document(name, licences(made)))
            except NoLicenceError as fault:
                print(f"{lock}: {fault}", file=sys.stderr)
                return 1
            print(f"{path}\n{shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
