"""Cases of api_versions.py."""

from __future__ import annotations

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.api_versions import VERSIONS


def _object(api: str, kind: str) -> Item:
    return Item(type=f"kubernetes:{api}:{kind}", props={"apiVersion": api, "kind": kind, "metadata": {"name": "web"}})


def _list(version: object) -> Item:
    item = {"apiVersion": version, "kind": "CronJob", "metadata": {"name": "web"}}
    return Item(type="kubernetes:batch/v1:CronJobList", props={"items": [item]})


CASES: dict[str, tuple[Case, ...]] = {
    VERSIONS.id: (
        ok("stable", _list("batch/v1")),
        ok("custom_beta", _object("gateway.networking.k8s.io/v1alpha2", "TCPRoute")),
        ok("stable_object", _object("apps/v1", "Deployment")),
        fail("beta", _object("batch/v1beta1", "CronJob"), at="apiVersion"),
        fail("alpha", _object("resource.k8s.io/v1alpha3", "ResourceClaim"), at="apiVersion"),
        fail("beta_of_extensions", _object("extensions/v1beta1", "Ingress"), at="apiVersion"),
        fail("in_a_list", _list("batch/v1beta1"), at="items[0]"),
        unknown("decided_later", _list(UNKNOWN)),
    ),
}
