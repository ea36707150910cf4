"""Stacks of other teams, one for each subject: with violations that the pack blocks, and repaired."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_random as random
import pulumi_tls as tls

from policies.guidelines.deis import REGISTRATION_VARIABLE, REQUIRED_VARIABLES, SECRET_VARIABLES

IMAGE = f"registry.k8s.io/pause:3.10@sha256:{'0' * 64}"
QUARTER_HOURS, TEN_YEARS_HOURS = 2160, 87600


def namespace() -> kubernetes.core.v1.Namespace:
    """A subject for kinds that only the baseline covers."""
    return kubernetes.core.v1.Namespace(
        "theirs", metadata={"name": "theirs", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}
    )


def controller(registration_mode: str) -> None:
    """A third-party Deis controller."""
    from_secret = {"valueFrom": {"secretKeyRef": {"name": "keys", "key": "key"}}}
    given = {name: from_secret if name in SECRET_VARIABLES else {"value": "theirs"} for name in REQUIRED_VARIABLES}
    given[REGISTRATION_VARIABLE] = {"value": registration_mode}
    env = [{"name": name, **source} for name, source in given.items()]
    deployment("deis-controller", env=env, image=IMAGE.replace("pause:3.10", "hephy/controller:v2.22.0"))


def mounted(volume: dict[str, Any]) -> None:
    """A pod that mounts a volume."""
    deployment("worker", volume)


def deployment(
    name: str,
    volume: dict[str, Any] | None = None,
    env: list[dict[str, Any]] | None = None,
    image: str = IMAGE,
) -> None:
    """A hardened Deployment with changes."""
    labels = {"app": name}
    limits = {"cpu": "1", "memory": "256Mi"}
    restricted = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    spec: Any = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "name": name,
                        "image": image,
                        "env": env or [],
                        "resources": {"requests": limits, "limits": limits},
                        "securityContext": restricted,
                    }
                ],
                "volumes": [{"name": "data", **volume}] if volume else [],
            },
        },
    }
    kubernetes.apps.v1.Deployment(
        "theirs",
        metadata={"name": name, "namespace": "theirs"},
        spec=spec,
        opts=pulumi.ResourceOptions(depends_on=[namespace()]),
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


def config_map(name: str) -> None:
    """A ConfigMap next to Kubernetes's own."""
    kubernetes.core.v1.ConfigMap("theirs", metadata={"name": name, "namespace": "kube-system"}, data={"mapUsers": "[]"})


def launch_template(script: str) -> None:
    """A launch template whose instances run a script at start."""
    aws.ec2.LaunchTemplate(
        "theirs",
        metadata_options={"http_tokens": "required", "http_endpoint": "enabled", "http_put_response_hop_limit": 1},
        block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"encrypted": "true", "volume_type": "gp3"}}],
        user_data=base64.b64encode(script.encode()).decode(),
    )


def certificate(hours: int) -> None:
    """A certificate of the team's own authority."""
    key = tls.PrivateKey("theirs", algorithm="ECDSA", ecdsa_curve="P256")
    tls.SelfSignedCert(
        "theirs",
        private_key_pem=key.private_key_pem,
        validity_period_hours=hours,
        allowed_uses=["server_auth"],
        dns_names=["theirs.example.org"],
    )


def cluster_role(verb: str) -> None:
    """RBAC rights."""
    kubernetes.rbac.v1.ClusterRole(
        "theirs",
        metadata={"name": "theirs"},
        rules=[{"api_groups": [""], "resources": ["pods"], "verbs": [verb]}],
    )


def from_yaml(verb: str) -> None:
    """RBAC rights from a text."""
    rule = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": [verb]}
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    kubernetes.yaml.ConfigGroup("theirs", yaml=[json.dumps({**kind, "metadata": {"name": "theirs"}, "rules": [rule]})])


@dataclass(frozen=True)
class Subject:
    """A blocked stack, and its repaired version."""

    policy: str
    program: Callable[[Any], None]
    bad: Any
    good: Any
    says: str
    kind: str
    """The resource that does not come into being."""


_READER = {"AWS": "arn:aws:iam::123456789012:role/reader"}


def component(kind: str) -> None:
    """A component of the team's own, with a random value."""
    site = pulumi.ComponentResource("theirs:web:Site", "site")
    getattr(random, kind)("theirs", length=16, opts=pulumi.ResourceOptions(parent=site))


SUBJECTS = (
    Subject("resource-type-allowlist", component, "RandomBytes", "RandomPassword", "RandomBytes", "RandomBytes"),
    Subject("registration-not-open", controller, "enabled", "admin_only", "REGISTRATION_MODE", "Deployment"),
    Subject(
        "pod-security-baseline-host-path",
        mounted,
        {"hostPath": {"path": "/"}},
        {"emptyDir": {}},
        "hostPath",
        "Deployment",
    ),
    Subject("rbac-no-wildcards", cluster_role, "*", "get", "verbs", "ClusterRole"),
    # As rendered: the objects of a ConfigGroup are registered, and evaluated, one by one.
    Subject("rbac-no-escalation", from_yaml, "escalate", "get", "rules[0].verbs", "ClusterRole"),
    Subject("no-aws-auth-config-map", config_map, "aws-auth", "theirs", "aws-auth", "ConfigMap"),
    Subject("sg-no-public-admin-ports", group, "0.0.0.0/0", "10.90.0.0/16", "22", "SecurityGroupIngressRule"),
    Subject("s3-no-star-principal", bucket, "*", _READER, "Principal", "BucketPolicy"),
    Subject("iam-no-admin-wildcard", role, "*", "s3:GetObject", "Action", "RolePolicy"),
    Subject(
        "no-secrets-in-user-data",
        launch_template,
        "export DB_PASSWORD=hunter2hunter2",
        "fetch-secrets",
        "userData",
        "LaunchTemplate",
    ),
    Subject(
        "certificate-key-and-lifetime",
        certificate,
        TEN_YEARS_HOURS,
        QUARTER_HOURS,
        "validityPeriodHours",
        "SelfSignedCert",
    ),
)
