"""Stacks of other teams: blocked on the real engine before anything of them exists, and let through repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from sandbox.engine import REGION, EngineError
from tests.engine.conftest import Sandbox

IMAGE = f"registry.k8s.io/pause:3.10@sha256:{'0' * 64}"
PACK_CONFIG = {
    "image-pinned-and-registry-allowlist": {"registries": ["registry.k8s.io"]},
    # The network of the security group's stack is there for the group alone.
    "vpc-flow-logs": {"enforcementLevel": "advisory"},
}


def controller(registration_mode: str) -> None:
    """A Deis controller of somebody's own."""
    labels = {"app": "deis-controller"}
    limits = {"cpu": "1", "memory": "256Mi"}
    restricted = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    namespace = kubernetes.core.v1.Namespace(
        "theirs", metadata={"name": "theirs", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}
    )
    spec: Any = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "name": "deis-controller",
                        "image": IMAGE,
                        "env": [{"name": "REGISTRATION_MODE", "value": registration_mode}],
                        "resources": {"requests": limits, "limits": limits},
                        "securityContext": restricted,
                    }
                ],
            },
        },
    }
    kubernetes.apps.v1.Deployment(
        "theirs",
        metadata={"name": "deis-controller", "namespace": "theirs"},
        spec=spec,
        opts=pulumi.ResourceOptions(depends_on=[namespace]),
    )


def group(source: str) -> None:
    """A security group."""
    vpc = aws.ec2.Vpc("theirs", cidr_block="10.90.0.0/16")
    aws.ec2.DefaultSecurityGroup("theirs", vpc_id=vpc.id)
    made = aws.ec2.SecurityGroup("theirs", vpc_id=vpc.id, description="SSH")
    aws.vpc.SecurityGroupIngressRule(
        "theirs",
        security_group_id=made.id,
        cidr_ipv4=source,
        ip_protocol="tcp",
        from_port=22,
        to_port=22,
        description="SSH from inside",
    )


def bucket(principal: Any) -> None:
    """A bucket with a policy."""
    made = aws.s3.Bucket("theirs", bucket="theirs-123456789012")
    aws.s3.BucketPublicAccessBlock(
        "theirs",
        bucket=made.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::theirs-123456789012/*",
    }
    aws.s3.BucketPolicy(
        "theirs", bucket=made.id, policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def role(action: str) -> None:
    """A role with a policy."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = aws.iam.Role("theirs", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    statement = {"Effect": "Allow", "Action": action, "Resource": "*" if action == "*" else "arn:aws:s3:::theirs/*"}
    aws.iam.RolePolicy("theirs", role=made.name, policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@dataclass(frozen=True)
class Subject:
    """A stack that is blocked, and the same repaired."""

    policy: str
    program: Callable[[Any], None]
    bad: Any
    good: Any
    says: str


SUBJECTS = [
    Subject("registration-not-open", controller, "enabled", "admin_only", "REGISTRATION_MODE"),
    Subject("sg-no-public-admin-ports", group, "0.0.0.0/0", "10.90.0.0/16", "22"),
    Subject("s3-no-star-principal", bucket, "*", {"AWS": "arn:aws:iam::123456789012:role/reader"}, "Principal"),
    Subject("iam-no-admin-wildcard", role, "*", "s3:GetObject", "Action"),
]


# The engine ends a program that it refuses in the middle of its requests, which the interpreter remarks upon.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.policy for subject in SUBJECTS])
def test_a_stack_that_does_not_comply_is_blocked_and_its_repair_passes(sandbox: Sandbox, subject: Subject) -> None:
    engine, config = sandbox.engine(), {"aws:region": REGION, "kubernetes:kubeconfig": str(sandbox.state.kubeconfig)}

    def stack(value: Any) -> Any:
        return engine.stack(
            "theirs", lambda: subject.program(value), config, project=subject.policy, pack_config=PACK_CONFIG
        )

    with pytest.raises(EngineError) as blocked:
        stack(subject.bad).up()
    told = str(blocked.value)
    assert (
        f"[mandatory] [severity: high]  {subject.policy}" in told or f"[severity: critical]  {subject.policy}" in told
    )
    assert subject.says in told
    assert "fix:" in told
    made = [each["urn"] for each in stack(subject.bad).export().get("resources", [])]
    assert not [urn for urn in made if urn.endswith(("Deployment::theirs", "Rule::theirs", "Policy::theirs"))]
    repaired = stack(subject.good)
    repaired.up()
    repaired.destroy()
    repaired.remove()


def test_the_controller_that_was_blocked_does_not_exist(sandbox: Sandbox) -> None:
    assert sandbox.api.list("apps/v1", "Deployment", "theirs", "") == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
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
    stack = sandbox.engine().stack("wrong", lambda: None, config, project="configured", pack_config=pack_config)
    with pytest.raises(EngineError) as refused:
        stack.preview()
    assert words in " ".join(refused.value.output.split())
    stack.remove()
