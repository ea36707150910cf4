"""Write the import graph and the import rules into docs/contributing.md: `python -m tools.structure`."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.markdown import filled

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "contributing.md"
START, END = "<!-- structure -->\n", "<!-- /structure -->\n"
SPLIT = ("policies", "sandbox")
"""Packages that are drawn with their subpackages."""


def settings() -> dict[str, Any]:
    """The configuration of import-linter."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def drawn() -> list[str]:
    """The packages in the graph: those that import-linter checks, without the tools, which may import everything."""
    return [package for package in settings()["root_packages"] if package != "tools"]


def part(module: str) -> str:
    """The node of a module: its package, or its subpackage."""
    package, _, rest = module.partition(".")
    child = rest.partition(".")[0]
    return f"{package}.{child}" if package in SPLIT and (ROOT / package / child).is_dir() and child else package


def imported(file: Path) -> Iterator[str]:
    """Modules that a file imports, as absolute names."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports() -> set[tuple[str, str]]:
    """(importing node, imported node), of the program and the packages that import-linter checks."""
    packages = drawn()
    files = [ROOT / "__main__.py", *(file for package in packages for file in (ROOT / package).rglob("*.py"))]
    found = set()
    for file in files:
        source = part(".".join(file.relative_to(ROOT).with_suffix("").parts))
        targets = {part(module) for module in imported(file) if module.partition(".")[0] in packages}
        found |= {(source, target) for target in targets - {source}}
    return found


def picture() -> str:
    """The import graph as a Mermaid diagram."""
    edges = sorted(imports())
    nodes = sorted({node for edge in edges for node in edge} | set(drawn()))
    lines = [f'    {identifier(node)}["{node.replace(".", "/")}"]' for node in nodes]
    lines += [f"    {identifier(source)} --> {identifier(target)}" for source, target in edges]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def identifier(node: str) -> str:
    """A node's identifier in Mermaid, where a dot and a leading underscore have a meaning."""
    return node.strip("_").replace(".", "_")


def rules() -> str:
    """A line for each rule."""
    return "".join(f"- {contract['name']}: {terms(contract)}.\n" for contract in settings()["contracts"])


def terms(contract: dict[str, Any]) -> str:
    """The imports that a contract forbids."""
    if contract["type"] == "layers":
        layers = [" and ".join(f"`{module.strip()}`" for module in layer.split("|")) for layer in contract["layers"]]
        return f"{', above '.join(layers)}; modules of one layer do not import each other"
    sources, targets = (
        ", ".join(f"`{module}`" for module in contract[f"{kind}_modules"]) for kind in ("source", "forbidden")
    )
    return f"{sources} must not import {targets}"


def document(text: str) -> str:
    """The content of docs/contributing.md with the current graph and rules."""
    return filled(text, START, END, f"{picture()}\n{rules()}")


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text()))
