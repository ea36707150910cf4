"""A policy about storage classes: encrypted volumes (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.volumes import EBS_PROVISIONERS
from policies.kernel.kinds import Kinds, Object
from policies.kernel.policy import MANDATORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation

STORAGE_CLASSES: Final = Kinds({"StorageClass": frozenset({"storage.k8s.io"})})


def _volumes(resource: Resource) -> Iterator[Violation]:
    def check(one: Object) -> Iterator[Violation]:
        given = one.value.along("parameters", "encrypted")
        # The driver takes no other spelling for a yes.
        if one.value["provisioner"].text() in EBS_PROVISIONERS and given.text() != "true":
            yield violation(given, f"{given.text()}" if given.present else "nothing (false)", "true")

    yield from resource.each(STORAGE_CLASSES.objects(resource), check)


STORAGE = Policy(
    id="storage-class-encrypted",
    requirement="INH-4",
    types=STORAGE_CLASSES,
    level=MANDATORY,
    severity=MEDIUM,
    description="Volumes that a cluster makes are encrypted.",
    fix='set parameters.encrypted to "true", and kmsKeyId to a key of yours',
    rule=_volumes,
)

POLICIES = (STORAGE,)
