"""The whole program on the real plugins that are installed, while settings change: `make plugins`.

    PATH=/folder/of/the/plugins:$PATH make plugins

Fails where a plugin of REQUIRED is not installed, a second `up` or a refresh finds a difference, a secret is found by
its value, or a destroy leaves more than the stack retains. docs/sandbox.md has the results and versions.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from sandbox.engine import identities, layers, plugins
from sandbox.engine.identities import STACK
from sandbox.engine.stack import ROOT, Stack
from tests.engine.conftest import Sandbox
from tests.support.engine import inventory as census
from tests.support.engine import retained, secret_values
from tests.support.engine.change_scenarios import Change
from tools import changes

REQUIRED = ("kubernetes", "random", "tls", plugins.LANGUAGE_HOST)
ASKED = (
    "A person joins",
    "A person leaves",
    "A person's VPN key is made anew",
    "The whitelist changes",
    "A team gets a namespace",
    "Deis's keys and passwords are rotated",
)
"""Changes that concern these plugins, each one of `Pulumi.sandbox.yaml`: it reverts the change before it."""
FEWEST_SECRETS = 100


def main() -> None:
    """Everything, in a sandbox of its own."""
    found = plugins.installed()
    if absent := [name for name in REQUIRED if name not in found]:
        raise SystemExit(f"not installed: {', '.join(absent)}; docs/sandbox.md says which versions and where")
    say(", ".join(f"{name} {plugins.version(name, path)}" for name, path in found.items()))
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder) / "sandbox")
        plugins.choose(sandbox.state, plugins.REAL)
        try:
            life(sandbox)
        finally:
            sandbox.run("down")


def life(sandbox: Sandbox) -> None:
    """A stack from its first `up` to its end."""
    sandbox.must("services", "--stacks", layers.ONE)
    before = census.of_aws(sandbox), census.of_kubernetes(sandbox)
    sandbox.must("up")
    stack = sandbox.stack()
    say(f"created {len(sandbox.resources())} resources")
    unchanged(stack, "up")
    no_drift(stack)
    no_secret(sandbox)
    for title in ASKED:
        apply(sandbox, changes.BY_TITLE[title])
    no_drift(stack)
    no_secret(sandbox)
    stack.destroy()
    retained.remove(sandbox)
    if sandbox.resources() or (census.of_aws(sandbox), census.of_kubernetes(sandbox)) != before:
        raise SystemExit(f"a destroy left more than the stack retains: {census.unrecorded(sandbox, [])}")
    say("destroyed; nothing is left but what the stack retains")


def apply(sandbox: Sandbox, change: Change) -> None:
    """Applies a change, twice: the second time there is nothing to do."""
    config = changes.config_with(sandbox.state, change)
    # EKS refuses access entries of principals that do not exist.
    people = [person["iamPrincipal"] for person in json.loads(config["palisade:people"])]
    identities.make_roles(sandbox.state.services()["aws"].port, people)
    stack = sandbox.engine().stack(STACK, ROOT, config, secret_config=change.secrets())
    say(f"{change.title}: {different(stack.up())}")
    unchanged(stack, change.title)


def unchanged(stack: Stack, title: str) -> None:
    """Fails where an `up` of the same settings changes anything."""
    if again := different(stack.up()):
        raise SystemExit(f"{title}: the same settings again change {again}")


def no_drift(stack: Stack) -> None:
    """Fails where a refresh finds something else than the state has."""
    if drift := different(stack.refresh()):
        raise SystemExit(f"a refresh finds drift: {drift}")
    say("no drift")


def different(result: Any) -> dict[str, int]:
    """Operation -> resources of an `up` or a refresh, but for those that stay the same."""
    counted = result.summary.resource_changes or {}
    return {str(getattr(kind, "value", kind)): count for kind, count in counted.items() if count and kind != "same"}


def no_secret(sandbox: Sandbox) -> None:
    """Fails where a secret is found by value: in state (IDs too), history, outputs, logs, AWS or Kubernetes."""
    values = secret_values.of_state(secret_values.state_of(sandbox))
    if len(values) < FEWEST_SECRETS:
        raise SystemExit(f"the state marks only {len(values)} values secret")
    search, found = secret_values.Search(values), {}
    for name, text in secret_values.everywhere(sandbox):
        if where := search.found(text):
            found[name] = sorted(where)
    if found:
        raise SystemExit(f"secrets were found by value: {found}")
    say(f"{len(values)} secret values searched for, none found")


def say(line: str) -> None:
    """Prints a line with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


if __name__ == "__main__":
    main()
