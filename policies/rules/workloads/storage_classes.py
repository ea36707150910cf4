"""A policy about storage classes and the claims that name them: encrypted volumes (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.volumes import CLASS_ANNOTATION, EBS_PROVISIONERS, PLAIN_CLASSES
from policies.kernel.kinds import Kinds, Object
from policies.kernel.policy import MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.workloads.claims import CLAIMING, claims

STORAGE_CLASSES: Final = Kinds({"StorageClass": frozenset({"storage.k8s.io"})})


def _class_of(claim: Value) -> Iterator[Violation]:
    for given in (claim.along("spec", "storageClassName"), claim.along("metadata", "annotations", CLASS_ANNOTATION)):
        if given.text() in PLAIN_CLASSES:
            yield violation(given, f"{given.text()}, which encrypts nothing", "a class whose volumes are encrypted")


def _volumes(resource: Resource) -> Iterator[Violation]:
    def check(one: Object) -> Iterator[Violation]:
        given = one.value.along("parameters", "encrypted")
        # The driver accepts no other spelling of true.
        if one.value["provisioner"].text() in EBS_PROVISIONERS and given.text() != "true":
            yield violation(given, f"{given.text()}" if given.present else "nothing (false)", "true")

    yield from resource.each(STORAGE_CLASSES.objects(resource), check)
    yield from resource.each(claims(resource), _class_of)


STORAGE = Policy(
    id="storage-class-encrypted",
    requirement="INH-4",
    types=STORAGE_CLASSES | CLAIMING,
    level=MANDATORY,
    severity=MEDIUM,
    description="Volumes that a cluster makes are encrypted.",
    fix='set parameters.encrypted of the class to "true", and kmsKeyId to a key of yours; claims name such a class',
    rule=_volumes,
)

POLICIES = (STORAGE,)
