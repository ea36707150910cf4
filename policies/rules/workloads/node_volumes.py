"""Policies about volumes and tokens that give a pod access to its node, or to external parties (INH-4).

A node path can be a pod's volume (pod-security-baseline-host-path), or come through a claim: as a persistent volume, or
from a class whose provisioner creates such volumes. Only listed drivers are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.volumes import AWS_DRIVERS, INLINE_DRIVERS, NETWORKED, NODE_PROGRAMS, NOT_SOURCES
from policies.kernel.kinds import CORE_ONLY, WORKLOADS, Kinds, Object
from policies.kernel.policy import CRITICAL, HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.pods import Pod, each_pod, pods
from policies.rules.workloads.storage_classes import STORAGE_CLASSES

PERSISTENT_VOLUMES: Final = Kinds({"PersistentVolume": CORE_ONLY})
TYPES: Final = WORKLOADS | PERSISTENT_VOLUMES | STORAGE_CLASSES
REQUIRED: Final = "a volume of EBS, EFS, FSx or S3"


def _drivers(resource: Resource) -> set[str | None]:
    return {one.text() for one in resource.settings["drivers"].items()}


def _no_node(resource: Resource) -> Iterator[Violation]:
    for pod in pods(resource):
        with resource.isolate():
            yield from resource.each(pod.spec["volumes"].items(), lambda volume: _inline(resource, volume))
    yield from resource.each(PERSISTENT_VOLUMES.objects(resource), lambda one: _persistent(resource, one))
    for one in STORAGE_CLASSES.objects(resource):
        with resource.isolate():
            provisioner = one.value["provisioner"]
            text = provisioner.text()
            if text is not None and text not in {*AWS_DRIVERS, *_drivers(resource)}:
                yield violation(provisioner, f"{text}, whose volumes may be paths of a node", REQUIRED)


def _inline(resource: Resource, volume: Value) -> Iterator[Violation]:
    for kind, words in NODE_PROGRAMS.items():
        if not volume[kind].missing:
            yield violation(volume[kind], words, "a volume that Kubernetes itself looks after")
    driver = volume["csi"]["driver"]
    if driver.text() not in {None, *INLINE_DRIVERS, *_drivers(resource)}:
        yield violation(driver, f"{driver.text()}, which may reach the node", "a driver that is listed")


def _persistent(resource: Resource, one: Object) -> Iterator[Violation]:
    for name, source in one.value["spec"].fields().items():
        if name not in {*NOT_SOURCES, *NETWORKED} and not source.missing:
            yield violation(source, f"a volume by {name}", REQUIRED)
    driver = one.value.along("spec", "csi", "driver")
    if driver.text() not in {None, *AWS_DRIVERS, *_drivers(resource)}:
        yield violation(driver, f"{driver.text()}, which may reach the node", REQUIRED)


NO_NODE = Policy(
    id="volumes-reach-no-node",
    requirement="INH-4",
    types=TYPES,
    level=MANDATORY,
    severity=CRITICAL,
    description="No volume is a path of a node or runs a program on one: not by a claim, a class or a driver either.",
    fix="use a class of EBS or EFS; a driver that was reviewed is added to `drivers` in the configuration",
    rule=_no_node,
    settings={
        "drivers": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": "Drivers and provisioners, besides those of AWS, that were reviewed: they reach no node.",
        }
    },
)

AUDIENCES: Final = ("sts.amazonaws.com", "pods.eks.amazonaws.com")
"""Whom EKS itself makes tokens for: roles of service accounts and Pod Identity."""


def _audience(pod: Pod) -> Iterator[Violation]:
    allowed = {one.text() for one in pod.resource.settings["audiences"].items()}
    for volume in pod.spec["volumes"].items():
        with pod.resource.isolate():
            for source in volume["projected"]["sources"].items():
                audience = source.along("serviceAccountToken", "audience")
                # By default it is the API server itself.
                if audience.text() not in {None, "", *AUDIENCES, *allowed}:
                    yield violation(audience, f"a token for {audience.text()}", "the API server, AWS, or who is listed")


AUDIENCE = Policy(
    id="token-audience-allowlist",
    requirement="INH-4",
    types=WORKLOADS,
    level=MANDATORY,
    severity=HIGH,
    description="Pods get tokens for the API server, for AWS and for services that are listed, and for nobody else.",
    fix="leave audience out, or have it added to `audiences` in the configuration",
    rule=each_pod(_audience),
    settings={
        "audiences": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": ["istio-ca", "identity.l5d.io", "vault"],
            "description": "Services inside the cluster that take service accounts' tokens as proof.",
        }
    },
)

POLICIES = (NO_NODE, AUDIENCE)
