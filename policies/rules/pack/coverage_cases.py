"""Cases of coverage.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.kernel.kinds import CHART, RELEASE
from policies.rules.pack.coverage import AS_TYPED, CHART_SEEN, NO_PROGRAM

_POD: Final = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}


def _item(type_: str, changes: Mapping[str | tuple[str, ...], object] | None = None) -> Item:
    return Item(type=type_, props=changed(_POD, changes or {}))


CASES: dict[str, tuple[Case, ...]] = {
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
        ok("chart", Item(type=CHART, props={"chart": "redis"}, component=True)),
        fail(
            "post_renderer",
            Item(type=CHART, props={"chart": "redis", "postRenderer": {"command": "./render"}}, component=True),
            at="postRenderer",
        ),
        unknown("post_renderer_decided_later", Item(type=CHART, props={"postRenderer": UNKNOWN}, component=True)),
        fail("command", Item(type="command:local:Command", props={"create": "kubectl apply"}), at="(resource)"),
    ),
}
