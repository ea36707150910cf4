"""Cases of node_volumes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.node_volumes import AUDIENCE, NO_NODE
from policies.rules.workloads.pods import SPEC, deployment, workload
from policies.rules.workloads.services import STORAGE_CLASS

VOLUME: Final = "kubernetes:core/v1:PersistentVolume"


def volume(**source: Any) -> Item:
    """A persistent volume."""
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **source}
    return Item(type=VOLUME, props={"metadata": {"name": "data"}, "spec": spec})


def storage_class(provisioner: Any) -> Item:
    """A storage class."""
    return Item(type=STORAGE_CLASS, props={"metadata": {"name": "fast"}, "provisioner": provisioner})


def mounted(**source: Any) -> Item:
    """A pod with a volume."""
    return deployment({"volumes": [{"name": "data", **source}]})


def token(audience: Any) -> Item:
    """A pod with a token for somebody."""
    return mounted(projected={"sources": [{"serviceAccountToken": {"path": "token", "audience": audience}}]})


_ONE: Final = f"{SPEC}.volumes[0]"
_TOKEN: Final = f"{_ONE}.projected.sources[0].serviceAccountToken.audience"

CASES: dict[str, tuple[Case, ...]] = {
    NO_NODE.id: (
        ok("ordinary_volumes", deployment()),
        ok("claim", mounted(persistentVolumeClaim={"claimName": "data"})),
        ok("volume_of_ebs", volume(csi={"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"})),
        ok("volume_of_nfs", volume(nfs={"server": "fs-1.efs.eu-central-1.amazonaws.com", "path": "/"})),
        ok("class_of_efs", storage_class("efs.csi.aws.com")),
        ok("class_that_was_reviewed", storage_class("topolvm.io"), settings={"drivers": ["topolvm.io"]}),
        ok("secrets_by_a_driver", mounted(csi={"driver": "secrets-store.csi.k8s.io", "readOnly": True})),
        fail("path_of_the_node", volume(hostPath={"path": "/"}), at="spec.hostPath"),
        fail("path_made_with_it", volume(hostPath=UNKNOWN), at="spec.hostPath"),
        fail("disk_of_the_node", volume(local={"path": "/mnt/disk"}), at="spec.local"),
        fail("patched", Item(type=f"{VOLUME}Patch", props={"spec": {"local": {"path": "/"}}}), at="spec.local"),
        fail("driver_of_the_node", volume(csi={"driver": "hostpath.csi.k8s.io"}), at="spec.csi.driver"),
        fail("another_source", volume(flexVolume={"driver": "example.org/any"}), at="spec.flexVolume"),
        fail("class_of_local_paths", storage_class("rancher.io/local-path"), at="provisioner"),
        fail("class_without_a_provisioner", storage_class("kubernetes.io/no-provisioner"), at="provisioner"),
        fail("repository", mounted(gitRepo={"repository": "https://example.org/a.git"}), at=f"{_ONE}.gitRepo"),
        fail("program_of_the_node", mounted(flexVolume={"driver": "example.org/any"}), at=f"{_ONE}.flexVolume"),
        fail("inline_driver_of_the_node", mounted(csi={"driver": "hostpath.csi.k8s.io"}), at=f"{_ONE}.csi.driver"),
        fail(
            "in_a_cron_job",
            workload("batch/v1:CronJob", {"volumes": [{"name": "a", "gitRepo": {"repository": "x"}}]}),
            at="spec.jobTemplate.spec.template.spec.volumes[0].gitRepo",
        ),
        unknown("class_decided_later", storage_class(UNKNOWN)),
    ),
    AUDIENCE.id: (
        ok("for_the_api_server", token(None)),
        ok("for_aws", token("sts.amazonaws.com")),
        ok("for_a_mesh", token("istio-ca")),
        ok("for_who_is_listed", token("billing"), settings={"audiences": ["billing"]}),
        fail("for_somebody_outside", token("https://example.org"), at=_TOKEN),
        fail("for_another_cloud", token("api://AzureADTokenExchange"), at=_TOKEN),
        unknown("decided_later", token(UNKNOWN)),
    ),
}
