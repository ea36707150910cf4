"""Attacks on nodes by what user data says to the kubelet."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
ENCRYPTED: Final = {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}
OPEN: Final = "anonymous callers run commands in every pod of the node"


def _template(data: str) -> Item:
    props: Mapping[str, Any] = {
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [ENCRYPTED],
        "userData": base64.b64encode(data.encode()).decode(),
    }
    return Item(type=TEMPLATE, props=props)


def _attack(name: str, why: str, data: str) -> Attack:
    return Attack(name=name, requirement="INH-4", why=why, items=(_template(data),), blocked_by="kubelet-not-weakened")


def _zipped(text: str) -> str:
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    return f"echo {packed} | base64 -d | zcat | sh"


ATTACKS: Final = (
    _attack(
        "kubelet_open_by_a_flag",
        OPEN,
        "/etc/eks/bootstrap.sh pal --kubelet-extra-args '--anonymous-auth=true --authorization-mode=AlwaysAllow'",
    ),
    _attack(
        "kubelet_open_by_nodeadm",
        OPEN,
        "kind: NodeConfig\nspec:\n  kubelet:\n    config:\n      authorization:\n        mode: AlwaysAllow\n",
    ),
    _attack(
        "kubelet_open_by_jq",
        OPEN,
        "jq '.authentication.anonymous.enabled = true' /etc/kubernetes/kubelet/config.json > /tmp/k",
    ),
    _attack(
        "kubelet_port_in_a_packed_script",
        "the pods of a node and their variables are read without authentication",
        _zipped("#!/bin/sh\n# The kubelet of this node.\nkubelet --read-only-port=10255 --max-pods=17\n"),
    ),
)
