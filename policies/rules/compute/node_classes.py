"""A policy about Karpenter's node classes, which launch instances without the launch templates (INH-4).

Fields and defaults are those of EC2NodeClass (pkg/apis/v1/ec2nodeclass.go of aws/karpenter-provider-aws, 01209b3, read
2026-11-28): by default tokens are required, the hop limit is 1, and volumes are encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.kinds import kind_of
from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.secrets import secrets_in
from policies.kernel.value import Value
from policies.rules.compute.kubelets import AS_INSTALLED, weakened
from policies.rules.compute.metadata import MOST_HOPS

GROUP: Final = "karpenter.k8s.aws"
KIND: Final = "EC2NodeClass"
OWNERS: Final = frozenset({"amazon", "self"})
PARAMETERS: Final = "/aws/service/"


class NodeClasses:
    """Node classes in every version, as objects and patches, and lists, which may contain some."""

    def __contains__(self, type_: object) -> bool:
        kind = kind_of(str(type_))
        return kind is not None and ((kind.kind, kind.group) == (KIND, GROUP) or kind.kind + kind.wrapper == "List")


def _node_classes(resource: Resource) -> Iterator[Value]:
    kind = kind_of(resource.type)
    if kind is None or kind.wrapper != "List":
        yield resource.props
        return
    for item in resource.props["items"].items():
        with resource.isolate():
            if KIND in (kind.kind, item["kind"].text()):
                yield item


def _hardened(resource: Resource) -> Iterator[Violation]:
    for node_class in _node_classes(resource):
        spec = node_class["spec"]
        for check in (_metadata, _address, _volumes, _user_data, _images):
            with resource.isolate():
                yield from check(spec)


def _metadata(spec: Value) -> Iterator[Violation]:
    tokens, hops = spec["metadataOptions"]["httpTokens"], spec["metadataOptions"]["httpPutResponseHopLimit"]
    if tokens.present and tokens.text() != "required":
        yield violation(tokens, tokens.text() or "nothing", "required")
    if (hops.number() or MOST_HOPS) > MOST_HOPS:
        yield violation(hops, hops.text() or "", f"{MOST_HOPS}")


def _address(spec: Value) -> Iterator[Violation]:
    address = spec["associatePublicIPAddress"]
    if address.flag():
        yield violation(address, "true", "false")


def _volumes(spec: Value) -> Iterator[Violation]:
    for mapping in spec["blockDeviceMappings"].items():
        encrypted = mapping["ebs"]["encrypted"]
        if mapping["ebs"].present and not encrypted.flag():
            yield violation(encrypted, "false" if encrypted.present else "nothing (false)", "true")


def _user_data(spec: Value) -> Iterator[Violation]:
    data = spec["userData"]
    if found := sorted(set(secrets_in(data.text() or ""))):
        yield violation(data, ", ".join(found), "no secret")
    if found := weakened(data.text() or ""):
        yield violation(data, ", ".join(found), AS_INSTALLED)


def _images(spec: Value) -> Iterator[Violation]:
    for term in spec["amiSelectorTerms"].items():
        parameter, owner = term["ssmParameter"].text(), term["owner"]
        ours = parameter.startswith(PARAMETERS) if parameter else owner.text() in OWNERS
        if not ours and not term["alias"].present and not term["id"].present:
            yield violation(owner, owner.text() or "nothing", f"one of {', '.join(sorted(OWNERS))}, or an alias")


HARDENED: Final = Policy(
    id="karpenter-nodes-hardened",
    requirement="INH-4",
    types=NodeClasses(),
    level=MANDATORY,
    severity=HIGH,
    description="Karpenter's nodes require IMDSv2 and have encrypted volumes, private addresses and known images.",
    fix="leave the field out, or set it to the value that is required; name images by amiSelectorTerms.alias",
    rule=_hardened,
)

POLICIES = (HARDENED,)
