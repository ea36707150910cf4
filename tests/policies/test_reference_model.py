"""Rules against a second statement of the same, in other words and without the pack's own parts."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kernel.cases import Item
from policies.kernel.policy import Policy
from policies.registry import POLICIES
from policies.rules.data.buckets import BUCKET_POLICY, NO_STAR
from policies.rules.iam.permissions import NO_ADMIN, POLICY
from policies.rules.network.ingress import NO_PUBLIC_ADMIN
from policies.rules.network.security_group_rules import GROUP, INGRESS_RULE, RULE
from policies.rules.workloads.pods import workload
from tests.support.policies.sdk_harness import outcome

EXAMPLES = settings(max_examples=150, database=None)


def refused(policy: Policy, item: Item) -> bool:
    said = outcome(policy, (item,))
    assert said.undecided is None
    return bool(said.violations)


def one_or_list(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return elements | st.lists(elements, min_size=1, max_size=3)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern with * and ? is a text, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return fits(pattern[1:], text) or (text != "" and fits(pattern, text[1:]))
    return text != "" and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


ACTIONS = one_or_list(
    st.sampled_from(
        ["*", "*:*", "**", "?*", "s3:*", "iam:*", "s3:Get*", "i*", "z*", "s*", "?3:*", "*:Get*", "S3:*", "*e*"]
    )
)
RESOURCES = one_or_list(
    st.sampled_from(
        ["*", "arn:*", "arn:aws:*:*:*:*", "arn:aws-cn:*", "arn:aws:s3:::*", "arn:aws:iam::*", "?rn:*", "arn:aws:s?:*"]
    )
)
PRINCIPALS = st.sampled_from(["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::123456789012:role/a", "*"]}]) | st.sampled_from(
    [{"AWS": "123456789012"}, {"Service": "ec2.amazonaws.com"}, {"AWS": ["arn:aws:iam::123456789012:role/*"]}]
)


@st.composite
def documents(draw: st.DrawFn, *, of_resource: bool) -> dict[str, Any]:
    made = []
    for _ in range(draw(st.integers(1, 3))):
        statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Deny"]))}
        statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(ACTIONS)
        statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(RESOURCES)
        if of_resource:
            statement[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(PRINCIPALS)
        lower = draw(st.booleans())
        made.append({key.lower() if lower else key: value for key, value in statement.items()})
    return {"Statement": made[0] if len(made) == 1 and draw(st.booleans()) else made}


def allowing(document: dict[str, Any]) -> list[dict[str, Any]]:
    statements = [{key.lower(): value for key, value in one.items()} for one in listed(document["Statement"])]
    return [one for one in statements if one["effect"] == "Allow"]


def administers(statement: dict[str, Any]) -> bool:
    """Whether somebody who has the statement can do anything anywhere, or anything but some of it."""
    named = [one.replace("arn:aws-cn:", "arn:aws:") for one in listed(statement.get("resource", []))]
    anywhere = "notresource" in statement or any(
        all(fits(one, arn) for arn in ("arn:aws:iam::111122223333:role/x", "arn:aws:s3:::probe/y")) for one in named
    )
    actions = [one.lower() for one in listed(statement.get("action", []))]
    probes = ("iam:createuser", "s3:getobject", "zz:probe")
    anything = "notaction" in statement or all(any(fits(one, probe) for one in actions) for probe in probes)
    return anywhere and anything


@EXAMPLES
@given(documents(of_resource=False), st.booleans())
def test_documents_that_give_everything(document: dict[str, Any], as_text: bool) -> None:
    item = Item(type=POLICY, props={"policy": json.dumps(document) if as_text else document})
    assert refused(NO_ADMIN, item) is any(map(administers, allowing(document)))


@EXAMPLES
@given(documents(of_resource=True), st.booleans())
def test_bucket_policies_for_everybody(document: dict[str, Any], as_text: bool) -> None:
    item = Item(type=BUCKET_POLICY, props={"policy": json.dumps(document) if as_text else document})
    naive = any("notprincipal" in one or "*" in json.dumps(one["principal"]) for one in allowing(document))
    assert refused(NO_STAR, item) is naive


PRIVATE = [("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("100.64.0.0", 10), ("169.254.0.0", 16)]
NEAR = st.sampled_from([int(ipaddress.IPv4Address(text)) for text, _ in PRIVATE] + [0, 2**32 - 1])


@st.composite
def ranges(draw: st.DrawFn) -> tuple[str, int, int]:
    """A range, and its first and last address as numbers; many at the edge of what is private."""
    bits = draw(st.integers(0, 32))
    address = (draw(NEAR) + draw(st.integers(-(2**21), 2**21)) if draw(st.booleans()) else draw(st.integers(0))) % 2**32
    first = address >> (32 - bits) << (32 - bits)
    return f"{ipaddress.IPv4Address(first)}/{bits}", first, first + 2 ** (32 - bits) - 1


@EXAMPLES
@given(ranges(), st.sampled_from(["tcp", "udp", "-1", "6", "icmp"]), st.integers(0, 100), st.integers(0, 100))
def test_administration_from_the_internet_in_every_form(
    source: tuple[str, int, int], protocol: str, low: int, span: int
) -> None:
    text, first, last = source
    inside = False
    for start, bits in PRIVATE:
        begin = int(ipaddress.IPv4Address(start))
        inside = inside or (begin <= first and last < begin + 2 ** (32 - bits))
    admin = any(low <= port <= low + span for port in (21, 22, 23, 111, 135, 139))
    naive = not inside and (protocol == "-1" or (protocol in ("tcp", "udp", "6") and admin))
    ports = {"fromPort": low, "toPort": low + span}
    inline = {"protocol": protocol, "cidrBlocks": [text], **ports}
    forms = (
        Item(type=GROUP, props={"ingress": [inline]}),
        Item(type=RULE, props={"type": "ingress", **inline}),
        Item(type=INGRESS_RULE, props={"ipProtocol": protocol, "cidrIpv4": text, **ports}),
    )
    assert [refused(NO_PUBLIC_ADMIN, item) for item in forms] == [naive] * 3


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


CONTEXT = maybe(
    privileged=st.booleans(),
    allowPrivilegeEscalation=st.booleans(),
    runAsNonRoot=st.booleans(),
    runAsUser=st.integers(0, 2),
    procMount=st.sampled_from(["Default", "Unmasked"]),
    seccompProfile=st.fixed_dictionaries({"type": st.sampled_from(["RuntimeDefault", "Localhost", "Unconfined"])}),
    capabilities=maybe(
        add=st.lists(st.sampled_from(["CHOWN", "NET_BIND_SERVICE", "SYS_ADMIN"]), max_size=2),
        drop=st.lists(st.sampled_from(["ALL", "CHOWN"]), max_size=2),
    ),
)
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.just("c")},
        optional={
            "securityContext": CONTEXT,
            "ports": st.lists(maybe(containerPort=st.just(80), hostPort=st.sampled_from([0, 80])), max_size=2),
        },
    ),
    max_size=2,
)
POD_CONTEXT = maybe(
    runAsNonRoot=st.booleans(),
    runAsUser=st.integers(0, 2),
    seccompProfile=st.fixed_dictionaries({"type": st.sampled_from(["RuntimeDefault", "Unconfined"])}),
    sysctls=st.lists(
        st.fixed_dictionaries({"name": st.sampled_from(["kernel.msgmax", "net.ipv4.tcp_rmem"])}), max_size=2
    ),
)
VOLUMES = st.lists(
    st.sampled_from([{"emptyDir": {}}, {"hostPath": {"path": "/"}}, {"nfs": {"server": "s"}}, {"image": {}}]),
    max_size=2,
)
PODS = st.fixed_dictionaries(
    {"containers": CONTAINERS},
    optional={
        "initContainers": CONTAINERS,
        "ephemeralContainers": CONTAINERS,
        "securityContext": POD_CONTEXT,
        "volumes": VOLUMES,
        "hostNetwork": st.booleans(),
        "hostPID": st.booleans(),
        "hostUsers": st.booleans(),
    },
)
KINDS = ["core/v1:Pod", "apps/v1:Deployment", "batch/v1:CronJob", "core/v1:PodTemplate", "apps/v1:DaemonSet"]
DEFAULT_CAPABILITIES = {"CHOWN", "NET_BIND_SERVICE"}
CONTROLS = [
    policy
    for policy in POLICIES
    if policy.id.startswith("pod-security-")
    and policy.id.rpartition("-")[2] not in {"armor", "selinux", "probes", "process"}
]


def controls_broken(pod: dict[str, Any]) -> set[str]:
    """The standards as the documentation of Kubernetes 1.35 has them, for what is generated here."""
    containers = [*pod["containers"], *pod.get("initContainers", []), *pod.get("ephemeralContainers", [])]
    own = [one.get("securityContext", {}) for one in containers]
    of_pod = pod.get("securityContext", {})
    everywhere = [of_pod, *own]
    added = [set(one.get("capabilities", {}).get("add", [])) for one in own]
    mapped = pod.get("hostUsers") is False
    kinds = {kind for volume in pod.get("volumes", []) for kind in volume}
    profiles = [one.get("seccompProfile", {}).get("type") for one in everywhere]
    effective = [one.get("seccompProfile", of_pod.get("seccompProfile", {})).get("type") for one in own]
    users = [one.get("runAsNonRoot", of_pod.get("runAsNonRoot", False)) for one in own]
    unmasked = any(one.get("procMount", "Default") != "Default" for one in own)
    found = {
        "baseline-privileged": any(one.get("privileged") for one in own),
        "baseline-host-namespaces": pod.get("hostNetwork") or pod.get("hostPID"),
        "baseline-capabilities": any(one - DEFAULT_CAPABILITIES for one in added),
        "baseline-host-path": "hostPath" in kinds,
        "baseline-host-ports": any(port.get("hostPort") for one in containers for port in one.get("ports", [])),
        "baseline-proc-mount": unmasked and not mapped,
        "baseline-seccomp": "Unconfined" in profiles,
        "baseline-sysctls": any(one["name"] == "kernel.msgmax" for one in of_pod.get("sysctls", [])),
        "restricted-volume-types": kinds & {"hostPath", "nfs"},
        "restricted-privilege-escalation": any(one.get("allowPrivilegeEscalation") is not False for one in own),
        "restricted-run-as-non-root": not mapped and (not all(users) or of_pod.get("runAsNonRoot") is False),
        "restricted-run-as-user": not mapped and any(one.get("runAsUser") == 0 for one in everywhere),
        "restricted-seccomp": any(one in (None, "Unconfined") for one in effective),
        "restricted-capabilities": any("ALL" not in one.get("capabilities", {}).get("drop", []) for one in own)
        or any(one - {"NET_BIND_SERVICE"} for one in added),
        "restricted-proc-mount": unmasked,
    }
    return {f"pod-security-{name}" for name, broken in found.items() if broken}


@EXAMPLES
@given(PODS, st.sampled_from(KINDS))
def test_pods(pod: dict[str, Any], kind: str) -> None:
    made = workload(kind, {})
    holder: Any = made.props
    path = {"Pod": (), "PodTemplate": ("template",), "CronJob": ("spec", "jobTemplate", "spec", "template")}
    for key in path.get(kind.rpartition(":")[2], ("spec", "template")):
        holder = holder[key]
    holder["spec"] = pod
    assert {policy.id for policy in CONTROLS if refused(policy, made)} == controls_broken(pod)
