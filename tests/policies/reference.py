"""Writes the table of all policies into the pack's README: `python -m tests.policies.reference`."""

from __future__ import annotations

from pathlib import Path

from policies.policy import Policy
from policies.registry import POLICIES

README = Path(__file__).parents[2] / "policies" / "README.md"
START, END = "<!-- policies -->\n", "<!-- end -->\n"


def row(policy: Policy) -> str:
    """One line of the table."""
    kind = "" if policy.rule else " (stack)"
    severity = policy.severity.value
    return f"| `{policy.id}`{kind} | {policy.level.value} | {severity} | {policy.requirement} | {policy.description} |"


def table() -> str:
    """The table, in the registry's order."""
    head = ["| policy | level | severity | requirement | what must be so |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(row, POLICIES)]) + "\n"


def settings() -> str:
    """What can be configured, besides exceptions."""
    lines = [
        f"- `{policy.id}`: `{name}` - {schema['description']}"
        for policy in POLICIES
        for name, schema in policy.settings.items()
    ]
    return "\n".join(lines) + "\n"


def rendered(text: str) -> str:
    """The README with the table of now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{table()}\n## Settings\n\n{settings()}{END}{after}"


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))
