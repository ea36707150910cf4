"""The pack without an engine against the pack with one: the same state, the same answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from policies.kernel.cases import UNKNOWN
from policies.kernel.resource import Violation
from policies.registry import POLICIES, cases
from sandbox.engine.stack import ROOT
from tests.engine.conftest import Sandbox
from tests.support.policies.stacks import ROOT as ROOT_TYPE
from tests.support.policies.stacks import export, resource, urn, written


def state_of_all_cases() -> dict[str, Any]:
    """One stack of everything that a policy must let pass or refuse, all of it known."""
    found: list[dict[str, Any]] = []
    providers: dict[str, dict[str, Any]] = {}
    for policy, of_policy in cases().items():
        for case in of_policy:
            # What the test leaves open is not decided here, and a literal sign of an unknown value is no value.
            if case.expected == "unknown" or UNKNOWN in repr(case.items):
                continue
            for item in case.items:
                name = f"{policy}-{case.name}-{item.name}"
                names = {other.name: urn(other.type, f"{policy}-{case.name}-{other.name}") for other in case.items}
                depends_on = {key: [names[one] for one in on] for key, on in item.depends_on.items()}
                outputs = {"id": f"{name}-1", **item.props}
                more = {"outputs": outputs, "propertyDependencies": depends_on}
                if item.component:
                    more |= {"custom": False, "id": ""}
                elif not item.type.startswith("pulumi:"):
                    provider = resource(f"pulumi:providers:{item.type.partition(':')[0]}", "default")
                    providers[provider["urn"]] = provider
                    more["provider"] = f"{provider['urn']}::{provider['id']}"
                found.append(resource(item.type, name, item.props, **more))
    return export(*providers.values(), *found)


def test_the_engine_s_own_analysis_of_a_state_and_ours_agree(sandbox: Sandbox, tmp_path: Path) -> None:
    """`pulumi policy analyze` runs the pack over gRPC, `check` without any: policy, resource and words are the same."""
    state = written(tmp_path, state_of_all_cases())
    command = ["pulumi", "policy", "analyze", "--file", state, "--policy-pack", str(ROOT / "policies"), "--json"]
    engine = subprocess.run(
        command, cwd=tmp_path, env=sandbox.engine().environment(), capture_output=True, text=True, check=False
    )
    events = [json.loads(line) for line in engine.stdout.splitlines() if line.startswith("{")]
    assert events, engine.stderr[-3000:]
    told = [event["policyEvent"] for event in events if "policyEvent" in event]
    theirs = {
        # The first line is the description, of which the report has a place of its own.
        (one["enforcementLevel"], one["policyName"], one.get("resourceUrn") or "", one["message"].partition("\n")[2])
        for one in told
    }
    ours = subprocess.run(
        [sys.executable, "-m", "policies", "check", state, "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    (stack,) = json.loads(ours.stdout)["stacks"]
    policies = {policy.id: policy for policy in POLICIES}
    said = {
        (
            one["level"],
            one["policy"],
            # What a stack policy cannot read, the engine reports of the stack.
            one["urn"] or urn(ROOT_TYPE, "shop-prod"),
            policies[one["policy"]].message(Violation(one["path"], one["found"], one["required"]), one["note"]),
        )
        for one in stack["findings"]
    }
    assert len(said) > 500
    assert {one[1] for one in said} >= {policy.id for policy in POLICIES if policy.rule}
    assert (engine.returncode != 0, ours.returncode) == (True, 1)
    assert (said - theirs, theirs - said) == (set(), set())
