"""Volumes are encrypted AWS storage, and never a part of a node (INH-4)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import POD_RESOURCES, POD_VARIABLES, Check, Rule, literal, of, read_spec
from components.baseline.admission.writers import IS_SYSTEM
from policies.guidelines.volumes import (
    AWS_DRIVERS,
    CLASS_ANNOTATION,
    EBS_PROVISIONERS,
    INLINE_DRIVERS,
    NETWORKED,
    NODE_PROGRAMS,
    NOT_SOURCES,
    PLAIN_CLASSES,
)

_DRIVERS: Final = literal(AWS_DRIVERS)
_KIND: Final = "request.kind.kind"
_CLAIM: Final = "PersistentVolumeClaim"


def _read_volume(it: str) -> str:
    """A condition on every persistent volume and claim; of workloads, only the pod template is read."""
    return f"({_KIND} in ['PersistentVolume', '{_CLAIM}'] ? {of(it, 'spec')} : optional.none())"


VOLUMES: Final = Rule(
    id="volumes",
    requirement="INH-4",
    policies=("volumes-reach-no-node", "storage-class-encrypted"),
    resources={
        **POD_RESOURCES,
        "": [*POD_RESOURCES[""], "persistentvolumes", "persistentvolumeclaims"],
        "storage.k8s.io": ["storageclasses"],
    },
    reads=(read_spec, _read_volume, lambda it: of(it, "provisioner"), lambda it: of(it, "parameters")),
    unless={"system": IS_SYSTEM},
    variables={
        **POD_VARIABLES,
        "inline": "variables.spec.?volumes.orValue([])",
        "persistent": f"({_KIND} == 'PersistentVolume' ? {of('object', 'spec')} : optional.none()).orValue({{}})",
        "claims": f"({_KIND} == '{_CLAIM}' ? [dyn(object)] : [])"
        f" + ({_KIND} == 'StatefulSet' ? {of('object', 'spec', 'volumeClaimTemplates')}.orValue([]) : [])"
        " + variables.inline.map(v, v.?ephemeral.?volumeClaimTemplate.orValue({}))",
        "driver": "variables.persistent.?csi.?driver.orValue('')",
        "provisioner": f"{of('object', 'provisioner')}.orValue('')",
        "sources": f"variables.persistent.map(k, k).filter(k, !(k in {literal(sorted({*NOT_SOURCES, *NETWORKED}))}))",
    },
    checks=(
        Check(
            holds=f"variables.inline.all(v, {' && '.join(f'!has(v.{kind})' for kind in NODE_PROGRAMS)}"
            f" && (!has(v.csi) || v.csi.?driver.orValue('') in {literal(INLINE_DRIVERS)}))",
            message="no pod has a volume that runs a program on its node",
        ),
        Check(
            holds="variables.sources.size() == 0",
            message="a persistent volume is of EBS, EFS, FSx or S3, and no part of a node",
            found="variables.sources.map(k, string(k)).join(', ')",
        ),
        Check(
            holds=f"variables.driver == '' || variables.driver in {_DRIVERS}",
            message="a persistent volume's driver is AWS's",
            found="variables.driver",
        ),
        Check(
            holds=f"variables.provisioner == '' || variables.provisioner in {_DRIVERS}",
            message="a class's provisioner is AWS's",
            found="variables.provisioner",
        ),
        Check(
            holds=f"!(variables.provisioner in {literal(sorted(EBS_PROVISIONERS))})"
            f" || {of('object', 'parameters', 'encrypted')}.orValue('') == 'true'",
            message='volumes that a cluster makes are encrypted: parameters.encrypted is "true"',
        ),
        Check(
            holds=f"variables.claims.all(c, !(c.?spec.?storageClassName.orValue('') in {literal(PLAIN_CLASSES)})"
            f" && !(c.?metadata.?annotations[?'{CLASS_ANNOTATION}'].orValue('') in {literal(PLAIN_CLASSES)}))",
            message="a claim names a class whose volumes are encrypted",
        ),
    ),
)
