"""What was being made when an engine was killed, and how it comes into the state (docs/recovery.md).

    pulumi stack export | python3 -m commands.adopt_pending                         lists it
    pulumi stack export | python3 -m commands.adopt_pending URN ID ... | pulumi stack import

The engine records a creation before it asks for it, as pending. `pulumi refresh --import-pending-creates` of 3.259
forgets what it is told to import, so the state is given its resource here: the next refresh reads the rest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

State = Mapping[str, Any]


class PendingError(Exception):
    """What was asked for cannot be done; the message says why."""


def creations(state: State) -> list[dict[str, Any]]:
    """The resources that were being created.

    Args:
        state: what `pulumi stack export` prints.
    """
    operations = state["deployment"].get("pending_operations") or []
    return [operation["resource"] for operation in operations if operation["type"] == "creating"]


def adopted(state: State, ids: Mapping[str, str]) -> dict[str, Any]:
    """The state with those creations that did happen, by URN and ID; the other ones stay pending.

    Raises:
        PendingError: no such creation is pending.
    """
    known = {creation["urn"]: creation for creation in creations(state)}
    if missing := [urn for urn in ids if urn not in known]:
        raise PendingError(f"no creation of {', '.join(missing)} is pending; without arguments all are listed")
    deployment = state["deployment"]
    left = [each for each in deployment["pending_operations"] if each["resource"]["urn"] not in ids]
    made = [{**resource, "id": ids[urn]} for urn, resource in known.items() if urn in ids]
    resources = [*(deployment.get("resources") or []), *made]
    return {**state, "deployment": {**deployment, "resources": resources, "pending_operations": left}}


def main(arguments: Sequence[str]) -> int:
    """Reads a state from standard input; the process's exit code."""
    state = json.load(sys.stdin)
    if not arguments:
        for resource in creations(state):
            print(resource["urn"])
        return 0
    if len(arguments) % 2:
        print("give a URN and an ID for each creation that happened", file=sys.stderr)
        return 2
    try:
        json.dump(adopted(state, dict(zip(arguments[::2], arguments[1::2], strict=True))), sys.stdout)
    except PendingError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
