"""Cases of namespaces.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.pod_security import ENFORCE_LABEL, VERSION_LABEL
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.kernel.kinds import RELEASE
from policies.rules.workloads.levels import KEY
from policies.rules.workloads.namespaces import DEFAULT_DENY, LABELLED, NAMESPACE, NETWORK_POLICY, NOT_DEFAULT

_ENFORCE: Final = ("metadata", "labels", ENFORCE_LABEL)
_AT: Final = f'metadata.labels["{ENFORCE_LABEL}"]'
_VERSION: Final = ("metadata", "labels", VERSION_LABEL)
_VERSION_AT: Final = f'metadata.labels["{VERSION_LABEL}"]'


def _namespace(changes: dict[Any, Any] | None = None, type_: str = NAMESPACE) -> Item:
    made = {"metadata": {"name": "shop", "labels": {ENFORCE_LABEL: "restricted"}}}
    return Item(type=type_, props=changed(made, changes or {}))


def _levels(pattern: str, level: str) -> dict[str, Any]:
    return {KEY: {pattern: level}}


def _release(**props: Any) -> Item:
    return Item(type=RELEASE, props={"chart": "redis", "namespace": "shop", **props})


def _policy(changes: dict[Any, Any] | None = None, name: str = "deny", type_: str = NETWORK_POLICY) -> Item:
    made = {
        "metadata": {"name": "deny", "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
    return Item(type=type_, props=changed(made, changes or {}), name=name)


def _letting_in(peer: dict[str, Any], name: str = "deny") -> Item:
    return _policy({"spec.ingress": [{"from": [peer]}]}, name)


def _running(namespace: Any, type_: str = "kubernetes:apps/v1:Deployment") -> Item:
    return Item(type=type_, props={"metadata": {"name": "web", "namespace": namespace}})


CASES: dict[str, tuple[Case, ...]] = {
    LABELLED.id: (
        ok("restricted", _namespace()),
        ok("baseline", _namespace({_ENFORCE: "baseline"})),
        ok(
            "patch_of_what_is_always_there",
            _namespace({_ENFORCE: OMITTED, "metadata.name": "kube-system"}, f"{NAMESPACE}Patch"),
        ),
        fail("made_by_a_patch", _namespace({_ENFORCE: OMITTED}, f"{NAMESPACE}Patch"), at=_AT),
        ok("left_alone", _namespace({_ENFORCE: OMITTED}), settings=_levels("sh*p", "privileged")),
        fail("label_omitted", _namespace({_ENFORCE: OMITTED}), at=_AT),
        fail("below_its_level", _namespace({_ENFORCE: "baseline"}), at=_AT, settings=_levels("*", "restricted")),
        fail("not_in_the_map", _namespace({_ENFORCE: "baseline"}), at=_AT, settings=_levels("x", "baseline")),
        fail("no_metadata", Item(type=NAMESPACE, props={}), at=_AT),
        fail("privileged", _namespace({_ENFORCE: "privileged"}), at=_AT),
        fail("misspelt", _namespace({_ENFORCE: "Restricted"}), at=_AT),
        fail("patch_that_opens", _namespace({_ENFORCE: "privileged"}, f"{NAMESPACE}Patch"), at=_AT),
        ok("version_of_the_cluster", _namespace({_VERSION: "v1.33"})),
        ok("newest_version", _namespace({_VERSION: "v1.37"})),
        fail("standards_that_are_not_known", _namespace({_VERSION: "v1.99"}), at=_VERSION_AT),
        fail("standards_that_asked_for_less", _namespace({_VERSION: "v1.21"}), at=_VERSION_AT),
        fail("patched_to_older_standards", _namespace({_VERSION: "v1.0"}, f"{NAMESPACE}Patch"), at=_VERSION_AT),
        ok("release_in_a_namespace_that_is_there", _release()),
        fail("made_by_a_release", _release(createNamespace=True), at="createNamespace"),
        unknown("release_decided_later", _release(createNamespace=UNKNOWN)),
        unknown("decided_later", _namespace({_ENFORCE: UNKNOWN})),
        unknown(
            "name_that_its_level_goes_by",
            _namespace({_ENFORCE: "baseline", "metadata.name": UNKNOWN}),
            settings=_levels("x", "privileged"),
        ),
    ),
    DEFAULT_DENY.id: (
        ok("closed", _namespace(), _policy()),
        ok("exempt", _namespace(), settings={"exempt": ["sh*"]}),
        ok("types_left_out_are_for_the_way_in", _namespace(), _policy({"spec.policyTypes": OMITTED})),
        ok("empty_selector_spelt_out", _namespace(), _policy({"spec.podSelector": {"matchLabels": {}}})),
        ok("port_for_everybody", _namespace(), _policy({"spec.ingress": [{"ports": [{"port": 443}]}]})),
        ok("among_themselves", _namespace(), _letting_in({"podSelector": {}})),
        fail("everybody", _namespace(), _policy({"spec.ingress": [{}]}), at="metadata.name"),
        fail("every_address", _namespace(), _letting_in({"ipBlock": {"cidr": "0.0.0.0/0"}}), at="metadata.name"),
        fail("every_namespace", _namespace(), _letting_in({"namespaceSelector": {}}), at="metadata.name"),
        fail(
            "opened_beside", _namespace(), _policy(), _letting_in({"namespaceSelector": {}}, "open"), at="metadata.name"
        ),
        fail(
            "patch_of_a_policy",
            _namespace(),
            _policy({"spec.podSelector": OMITTED}, type_=f"{NETWORK_POLICY}Patch"),
            at="metadata.name",
        ),
        fail("made_by_a_patch", _namespace(type_=f"{NAMESPACE}Patch"), at="metadata.name"),
        fail("no_policy", _namespace(), at="metadata.name"),
        fail(
            "policy_for_some_pods",
            _namespace(),
            _policy({"spec.podSelector.matchLabels": {"app": "web"}}),
            at="metadata.name",
        ),
        fail(
            "policy_for_the_way_out_only", _namespace(), _policy({"spec.policyTypes": ["Egress"]}), at="metadata.name"
        ),
        fail("policy_of_another_namespace", _namespace(), _policy({"metadata.namespace": "web"}), at="metadata.name"),
        unknown("name_decided_later", _namespace({"metadata.name": UNKNOWN}), _policy()),
    ),
    NOT_DEFAULT.id: (
        ok("own_namespace", _running("shop")),
        ok("patch", _running(None, "kubernetes:apps/v1:DeploymentPatch")),
        fail("default", _running("default"), at="metadata.namespace"),
        fail("namespace_omitted", _running(None), at="metadata.namespace"),
        fail("release", _release(namespace=None), at="namespace"),
        fail("pod", _running("default", "kubernetes:core/v1:Pod"), at="metadata.namespace"),
        unknown("namespace_made_with_it", _running(UNKNOWN)),
    ),
}
