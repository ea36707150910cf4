"""Cases of coverage.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.kernel.kinds import RELEASE
from policies.rules.pack.coverage import AS_TYPED, CHART_SEEN, NO_PROGRAM, READABLE

_POD: Final = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}


def _item(type_: str, changes: Mapping[str | tuple[str, ...], object] | None = None) -> Item:
    return Item(type=type_, props=changed(_POD, changes or {}))


CASES: dict[str, tuple[Case, ...]] = {
    READABLE.id: (
        ok("aws", Item(type="aws:eks/cluster:Cluster", props={})),
        ok("service_that_is_not_judged", Item(type="aws-native:connect:Instance", props={})),
        ok("native_that_is_judged", Item(type="aws-native:eks:Cluster", props={})),
        fail("native", Item(type="aws-native:ec2:SecurityGroup", props={}), at="(resource)"),
        fail(
            "cloud_control", Item(type="aws:cloudcontrol/resource:Resource", props={"typeName": "T"}), at="(resource)"
        ),
        fail("native_template", Item(type="aws-native:cloudformation:Stack", props={}), at="(resource)"),
        fail("native_rights", Item(type="aws-native:sso:PermissionSet", props={}), at="(resource)"),
        fail("bridged", Item(type="aws:index/securityGroup:SecurityGroup", props={}), at="(resource)"),
        fail("module_of_terraform", Item(type="vpc:tf:aws_security_group", props={}), at="(resource)"),
        fail("former_name", Item(type="aws:elasticloadbalancingv2/listener:Listener", props={}), at="(resource)"),
        ok("module_of_another_cloud", Item(type="mail:tf:cloudflare_record", props={})),
        fail("template", Item(type="aws:cloudformation/stack:Stack", props={"templateBody": "{}"}), at="(resource)"),
    ),
    CHART_SEEN.id: (
        ok("chart", Item(type="kubernetes:helm.sh/v4:Chart", props={"chart": "redis"})),
        fail("release", Item(type=RELEASE, props={"chart": "redis", "namespace": "shop"}), at="(resource)"),
    ),
    AS_TYPED.id: (
        ok("pod", _item("kubernetes:core/v1:Pod")),
        ok("patch", _item("kubernetes:core/v1:PodPatch")),
        ok("kind_omitted", _item("kubernetes:core/v1:Pod", {"kind": OMITTED, "apiVersion": OMITTED})),
        ok(
            "custom_resource",
            Item(type="kubernetes:example.org/v1:Foo", props={"apiVersion": "example.org/v1", "kind": "Foo"}),
        ),
        ok("list", Item(type="kubernetes:core/v1:PodList", props={"apiVersion": "v1", "kind": "PodList"})),
        fail("pod_in_disguise", _item("kubernetes:core/v1:ConfigMap"), at="kind"),
        fail("another_group", _item("kubernetes:core/v1:Pod", {"apiVersion": "example.org/v1"}), at="apiVersion"),
        unknown("decided_later", _item("kubernetes:core/v1:Pod", {"kind": UNKNOWN})),
    ),
    NO_PROGRAM.id: (
        ok("resource", Item(type="aws:eks/cluster:Cluster", props={})),
        fail("dynamic", Item(type="pulumi-nodejs:dynamic:Resource", props={}), at="(resource)"),
        fail("dynamic_of_a_module", Item(type="pulumi-python:dynamic/shop:Thing", props={}), at="(resource)"),
        fail("command", Item(type="command:local:Command", props={"create": "kubectl apply"}), at="(resource)"),
    ),
}
