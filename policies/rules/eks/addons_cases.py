"""Cases of addons.py."""

from __future__ import annotations

import json
from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.eks.addons import CNI, HAS_CNI, NETWORK_POLICY, PINNED
from policies.rules.eks.resources import ADDON, NATIVE_ADDON, cluster


def _addon(**props: Any) -> Item:
    return Item(type=ADDON, props={"clusterName": "palisade", "addonName": CNI, **props}, name="cni")


def _configured(**values: Any) -> Item:
    return _addon(configurationValues=json.dumps(values))


CASES: dict[str, tuple[Case, ...]] = {
    PINNED.id: (
        fail("native", Item(type=NATIVE_ADDON, props={"addonName": "coredns"}), at="addonVersion"),
        ok("pinned", _addon(addonVersion="v1.22.4-eksbuild.3")),
        fail("omitted", _addon(), at="addonVersion"),
        fail("latest", _addon(addonVersion="latest"), at="addonVersion"),
        unknown("decided_later", _addon(addonVersion=UNKNOWN)),
    ),
    NETWORK_POLICY.id: (
        fail("native", Item(type=NATIVE_ADDON, props={"addonName": CNI}), at="configurationValues"),
        ok("on", _configured(enableNetworkPolicy="true")),
        ok("another_addon", _addon(addonName="coredns")),
        fail("values_omitted", _addon(), at="configurationValues"),
        fail("off", _configured(enableNetworkPolicy="false"), at="configurationValues"),
        fail("no_json", _addon(configurationValues="enableNetworkPolicy: true"), at="configurationValues"),
        unknown("decided_later", _addon(configurationValues=UNKNOWN)),
    ),
    HAS_CNI.id: (
        ok(
            "native",
            Item(type="aws-native:eks:Cluster", props={"name": "palisade"}, name="cluster"),
            Item(type=NATIVE_ADDON, props={"clusterName": "palisade", "addonName": CNI}, name="cni"),
        ),
        ok("addon", cluster(), _addon()),
        ok("auto_mode", cluster({"computeConfig": {"enabled": True}})),
        fail("none", cluster(), at="addons"),
        fail("addon_of_another_cluster", cluster(), _addon(clusterName="other"), at="addons"),
    ),
}
