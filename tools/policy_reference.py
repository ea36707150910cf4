"""Write the pack's README and docs/policies.md from the registry of policies (`make docs`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.kernel.configuration import allowed
from policies.kernel.frameworks import controls
from policies.kernel.policy import Policy
from policies.kernel.requirements import link
from policies.registry import POLICIES
from tests.support.policies.examples import example, told
from tests.support.policies.examples import rendered as shown
from tools.markdown import filled

HANDBOOK = Path(__file__).parents[1] / "docs" / "policies.md"
README = Path(__file__).parents[1] / "policies" / "README.md"
FEW = 3
START, END = "<!-- policies -->\n", "<!-- end -->\n"


def row(policy: Policy) -> str:
    """A row of the table."""
    kind = "" if policy.rule else " (stack)"
    severity = policy.severity.value
    return f"| `{policy.id}`{kind} | {policy.level.value} | {severity} | {policy.requirement} | {policy.description} |"


def table() -> str:
    """The table, in the registry's order."""
    head = ["| policy | level | severity | requirement | what must be so |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(row, POLICIES)]) + "\n"


def settings() -> str:
    """The settings of the policies, besides exemptions."""
    holders: dict[tuple[str, str], list[str]] = {}
    for policy in POLICIES:
        for name, schema in policy.settings.items():
            holders.setdefault((name, schema["description"]), []).append(policy.id)
    lines = [f"- {_named(ids)}: `{name}` - {description}" for (name, description), ids in holders.items()]
    return "\n".join(lines) + "\n"


def _named(ids: list[str]) -> str:
    """Policies by name, or by the common prefixes of their names if there are many."""
    if len(ids) <= FEW:
        return ", ".join(f"`{each}`" for each in ids)
    families: dict[str, list[str]] = {}
    for each in ids:
        families.setdefault("-".join(each.split("-")[:2]), []).append(each)
    return ", ".join(f"`{family}-*`" if len(held) > 1 else f"`{held[0]}`" for family, held in families.items())


def rendered(text: str) -> str:
    """The README with the current table."""
    return filled(text, START, END, f"{table()}\n## Settings\n\n{settings()}")


LEVELS = {
    "advisory": "advisory: told, and let through",
    "mandatory": "mandatory: blocked",
    "remediate": "remediate: repaired where that is possible, blocked where it is not",
}
INTRODUCTION = """\
# Policies

Made from the pack's registry and its cases by `make docs`; what is shown as an example is a test of the policy. Levels
are changed and settings set in the pack's configuration ([enforcing.md](enforcing.md)); each policy takes `exemptions`.
Properties are named as the engine names them and cut down to what the example is about; JSON in a text is shown as what
it holds.

"""


def chapter(policy: Policy) -> str:
    """The chapter of a policy."""
    passing, failing = example(policy, "pass"), example(policy, "fail")
    requirements = ", ".join(f"[{one}](requirements.md#{one.lower()})" for one in policy.requirement.split())
    about = [
        f"- Level: {LEVELS[policy.level.value]}. Severity: {policy.severity.value}.",
        f"- Requirement: {requirements}; see {link(policy.requirement)}.",
        *([f"- Controls: {asked}."] if (asked := _controls(policy)) else []),
        f"- Judges: {'each resource before it is made' if policy.rule else 'all resources of a stack together'}.",
        f"- How to fix: {policy.fix}.",
        *(_setting(name, schema) for name, schema in policy.settings.items()),
    ]
    return "\n".join(
        [
            f"## {policy.id}\n",
            f"{policy.description}\n",
            *about,
            f"\nPasses ({_why(passing.name)}):\n",
            f"```yaml\n{shown(passing, failing.at)}```\n",
            f"Fails ({_why(failing.name)}):\n",
            f"```yaml\n{shown(failing, failing.at)}```\n",
            f"```text\n{told(policy, failing)}\n```\n",
        ]
    )


def _controls(policy: Policy) -> str:
    """The controls that a policy helps to meet, by framework."""
    by_framework: dict[str, list[str]] = {}
    for framework, control in controls(policy.id):
        by_framework.setdefault(framework.name, []).append(control.id)
    return "; ".join(f"{name} {', '.join(ids)}" for name, ids in by_framework.items())


def _setting(name: str, schema: Mapping[str, Any]) -> str:
    default = json.dumps(schema["default"])
    return f"- Setting `{name}`: {allowed(schema)}. {schema['description']} Default: `{default}`."


def _why(name: str) -> str:
    return name.partition("_")[2].replace("_", " ")


def handbook() -> str:
    """The content of docs/policies.md."""
    return INTRODUCTION + "\n".join(map(chapter, POLICIES))


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))
    HANDBOOK.write_text(handbook())
