"""Write docs/requirements.md and the README's table of requirements: `python -m tools.requirements`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from policies.registry import POLICIES
from tools.markdown import filled

ROOT = Path(__file__).parents[1]
SOURCE, DOCUMENT, README = ROOT / "requirements.toml", ROOT / "docs" / "requirements.md", ROOT / "README.md"
START, END = "<!-- requirements -->\n", "<!-- /requirements -->\n"


@dataclass(frozen=True)
class Requirement:
    """A requirement, and the places where it is met."""

    id: str
    asks: str
    components: tuple[str, ...]
    alarms: tuple[str, ...]
    admission: tuple[str, ...]
    """IDs of rules of the API server (components/baseline/admission)."""
    tests: tuple[str, ...]
    policies: tuple[str, ...]
    """From the pack's records."""


def requirements() -> Mapping[str, Requirement]:
    """All requirements, by ID, in the order of requirements.toml."""
    return {
        id_: Requirement(
            id=id_,
            asks=entry["asks"],
            components=tuple(entry["components"]),
            alarms=tuple(entry["alarms"]),
            admission=tuple(entry.get("admission", ())),
            tests=tuple(entry["tests"]),
            policies=tuple(policy.id for policy in POLICIES if id_ in policy.requirement.split()),
        )
        for id_, entry in tomllib.loads(SOURCE.read_text()).items()
    }


def _linked(path: str) -> str:
    return f"[{Path(path).name}](../{path})"


def table() -> str:
    """The README's table, a line for each requirement."""
    lines = ["| requirement | asks | policies | admission rules | alarms |", "|---|---|---|---|---|"]
    for requirement in requirements().values():
        counted = " | ".join(
            str(len(listed) or "") for listed in (requirement.policies, requirement.admission, requirement.alarms)
        )
        lines.append(
            f"| [{requirement.id}](docs/requirements.md#{requirement.id.lower()}) | {requirement.asks} | {counted} |"
        )
    return "\n".join(lines) + "\n"


def document() -> str:
    """The content of docs/requirements.md."""
    parts = [
        "# Requirements\n\nMade from `requirements.toml` and the pack's records by `make docs`. "
        "The guide itself stays with the organisation; code, policies and tests cite these IDs.\n"
    ]
    for requirement in requirements().values():
        lists = {
            "Components": [_linked(path) for path in requirement.components],
            "Policies": [f"`{policy}`" for policy in requirement.policies],
            "Admission": [f"`{rule}`" for rule in requirement.admission],
            "Alarms": [f"`{alarm}`" for alarm in requirement.alarms],
            "Tests": [_linked(path) for path in requirement.tests],
        }
        sections = "\n".join(f"- {title}: {', '.join(items)}" for title, items in lists.items() if items)
        parts.append(f"## {requirement.id}\n\n{requirement.asks}.\n\n{sections}\n")
    return "\n".join(parts)


def readme(text: str) -> str:
    """The README with the current table."""
    return filled(text, START, END, table())


if __name__ == "__main__":
    DOCUMENT.write_text(document())
    README.write_text(readme(README.read_text()))
