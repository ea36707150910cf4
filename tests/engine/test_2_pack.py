"""Stacks of other teams: blocked on the real engine before anything of them exists, and let through repaired."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from sandbox.engine.stack import REGION, EngineError
from tests.engine.conftest import Sandbox
from tests.support.engine.subjects import SUBJECTS, Subject

PACK_CONFIG = {
    "image-pinned-and-registry-allowlist": {"registries": ["registry.k8s.io"]},
    # The network of the security group's stack is there for the group alone.
    "vpc-flow-logs": {"enforcementLevel": "advisory"},
}


@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.policy for subject in SUBJECTS])
def test_a_stack_that_does_not_comply_is_blocked_and_its_repair_passes(sandbox: Sandbox, subject: Subject) -> None:
    engine, kubeconfig = sandbox.engine(), str(sandbox.state.admin_kubeconfig)
    config = {"aws:region": REGION, "kubernetes:kubeconfig": kubeconfig}

    def stack(value: Any) -> Any:
        return engine.stack(
            "theirs", partial(subject.program, value), config, project=subject.policy, pack_config=PACK_CONFIG
        )

    with pytest.raises(EngineError) as blocked:
        stack(subject.bad).up()
    told = str(blocked.value)
    assert re.search(rf"\[mandatory\] +\[severity: \w+\] +{subject.policy}", told), told
    assert subject.says in told
    assert "fix:" in told
    made = [each["urn"] for each in stack(subject.bad).export().get("resources", [])]
    assert not [urn for urn in made if urn.endswith(f":{subject.kind}::theirs")]
    repaired = stack(subject.good)
    repaired.up()
    repaired.destroy()
    repaired.remove()


def test_the_controller_that_was_blocked_does_not_exist(sandbox: Sandbox) -> None:
    assert sandbox.api.list("apps/v1", "Deployment", "theirs", "") == []


def nothing() -> None:
    """A program without a resource."""


@pytest.mark.parametrize(
    ("pack_config", "words"),
    [
        ({"no-publik-ip": {"enforcementLevel": "advisory"}}, "no-publik-ip: no policy has this ID"),
        ({"sg-public-ingress-allowlist": {"ports": ["443"]}}, "sg-public-ingress-allowlist: ports.0"),
    ],
    ids=["unknown_policy", "malformed_value"],
)
def test_a_configuration_with_a_mistake_is_refused_by_name(
    sandbox: Sandbox, pack_config: dict[str, Any], words: str
) -> None:
    """Of the second the engine tells itself, by the pack's schema; the first it would pass over."""
    config = {"aws:region": REGION}
    stack = sandbox.engine().stack("wrong", nothing, config, project="configured", pack_config=pack_config)
    with pytest.raises(EngineError) as refused:
        stack.preview()
    assert words in " ".join(refused.value.output.split())
    stack.remove()
