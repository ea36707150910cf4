"""Cases of storage_classes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.volumes import CLASS_ANNOTATION
from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.pods import SPEC, deployment, pod_spec
from policies.rules.workloads.services import STORAGE_CLASS
from policies.rules.workloads.storage_classes import STORAGE


def _class(**parameters: str) -> Item:
    return Item(type=STORAGE_CLASS, props={"provisioner": "ebs.csi.aws.com", "parameters": parameters})


def _claim(**more: Any) -> dict[str, Any]:
    size = {"requests": {"storage": "1Gi"}}
    return {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": size, **more}}


def of_a_stateful_set(claim: dict[str, Any]) -> Item:
    """A StatefulSet with a claim template."""
    spec = {"template": {"spec": pod_spec()}, "volumeClaimTemplates": [claim]}
    return Item(type="kubernetes:apps/v1:StatefulSet", props={"metadata": {"name": "db"}, "spec": spec})


CLAIM: Final = "kubernetes:core/v1:PersistentVolumeClaim"
_NAME: Final = "storageClassName"
_PLAIN: Final = _claim(storageClassName="gp2")

CASES: dict[str, tuple[Case, ...]] = {
    STORAGE.id: (
        ok("encrypted", _class(type="gp3", encrypted="true")),
        ok("another_driver", Item(type=STORAGE_CLASS, props={"provisioner": "efs.csi.aws.com"})),
        fail("omitted", _class(type="gp3"), at="parameters.encrypted"),
        ok("claim_of_the_default_class", Item(type=CLAIM, props=_claim())),
        ok("claim_of_a_class", of_a_stateful_set(_claim(storageClassName="gp3"))),
        fail("claim_of_eks's_class", Item(type=CLAIM, props=_PLAIN), at=f"spec.{_NAME}"),
        fail(
            "claim_by_an_annotation",
            Item(type=CLAIM, props={**_claim(), "metadata": {"annotations": {CLASS_ANNOTATION: "gp2"}}}),
            at=f'metadata.annotations["{CLASS_ANNOTATION}"]',
        ),
        fail("claim_of_a_stateful_set", of_a_stateful_set(_PLAIN), at=f"spec.volumeClaimTemplates[0].spec.{_NAME}"),
        fail(
            "claim_of_a_pod",
            deployment({"volumes": [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": _PLAIN["spec"]}}}]}),
            at=f"{SPEC}.volumes[0].ephemeral.volumeClaimTemplate.spec.{_NAME}",
        ),
        unknown("class_decided_later", Item(type=CLAIM, props=_claim(storageClassName=UNKNOWN))),
        unknown("decided_later", _class(encrypted=UNKNOWN)),
    ),
}
