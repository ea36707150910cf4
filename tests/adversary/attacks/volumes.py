"""Attacks by volumes and tokens: ways to a node that no pod names itself."""

from __future__ import annotations

from policies.kernel.cases import Item
from policies.rules.workloads.node_volumes import AUDIENCE, NO_NODE
from policies.rules.workloads.node_volumes_cases import VOLUME, mounted, storage_class, token, volume
from tests.adversary.attack import Attack


def _attack(name: str, why: str, item: Item, blocked_by: str = NO_NODE.id) -> Attack:
    return Attack(name=name, requirement="INH-4", why=why, items=(item,), blocked_by=blocked_by)


ATTACKS = (
    _attack("root_of_the_node_by_a_claim", "A claim of any pod gets it.", volume(hostPath={"path": "/"})),
    _attack("local_disk_by_a_claim", "A path is a disk.", volume(local={"path": "/var/lib/kubelet"})),
    _attack(
        "list_of_volumes",
        "They come as a list.",
        Item(
            type=f"{VOLUME}List", props={"items": [{"kind": "PersistentVolume", "spec": {"hostPath": {"path": "/"}}}]}
        ),
    ),
    _attack("driver_that_reads_the_node", "The driver mounts paths.", volume(csi={"driver": "hostpath.csi.k8s.io"})),
    _attack("driver_of_the_attacker", "Nobody knows what it mounts.", volume(csi={"driver": "csi.example.org"})),
    _attack("class_of_local_paths", "Each claim gets a folder of the node.", storage_class("rancher.io/local-path")),
    _attack("class_of_openebs", "Each claim gets a folder of the node.", storage_class("openebs.io/local")),
    _attack("class_of_nothing", "It takes local volumes.", storage_class("kubernetes.io/no-provisioner")),
    _attack(
        "repository_with_hooks",
        "Its hooks run as root on the node.",
        mounted(gitRepo={"repository": "https://example.org/x.git"}),
    ),
    _attack(
        "flex_volume", "A program on the node runs with the pod's options.", mounted(flexVolume={"driver": "k8s/nfs"})
    ),
    _attack(
        "inline_driver",
        "The pod describes the node's path to the driver.",
        mounted(csi={"driver": "hostpath.csi.k8s.io", "volumeAttributes": {"path": "/"}}),
    ),
    _attack(
        "token_for_another_cloud",
        "Anybody who gets the token can act as the account there.",
        token("api://AzureADTokenExchange"),
        AUDIENCE.id,
    ),
)
