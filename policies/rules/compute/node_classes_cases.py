"""Cases of node_classes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.compute.node_classes import GROUP, HARDENED, KIND

_PROPS: Final[dict[str, Any]] = {
    "apiVersion": f"{GROUP}/v1",
    "kind": KIND,
    "metadata": {"name": "default"},
    "spec": {
        "role": "palisade-nodes",
        "amiSelectorTerms": [{"alias": "al2023@v20260915"}],
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True, "volumeSize": "50Gi"}}],
        "subnetSelectorTerms": [{"tags": {"tier": "private"}}],
    },
}
_TOKENS: Final = "spec.metadataOptions.httpTokens"
_IMAGES: Final = "spec.amiSelectorTerms"
_VOLUME: Final = "spec.blockDeviceMappings.0.ebs.encrypted"
_VOLUME_AT: Final = "spec.blockDeviceMappings[0].ebs.encrypted"


def _class(changes: dict[Any, Any] | None = None, *, wrapper: str = "") -> Item:
    props = changed(_PROPS, changes or {})
    if wrapper == "List":
        return Item(type="kubernetes:core/v1:List", props={"items": [props]})
    return Item(type=f"kubernetes:{GROUP}/v1:{KIND}{wrapper}", props=props)


CASES: dict[str, tuple[Case, ...]] = {
    HARDENED.id: (
        ok("hardened", _class()),
        ok("defaults", _class({"spec.metadataOptions": OMITTED, "spec.blockDeviceMappings": OMITTED})),
        ok("image_of_amazon", _class({_IMAGES: [{"name": "al2023-*", "owner": "amazon"}]})),
        ok("image_of_a_parameter", _class({_IMAGES: [{"ssmParameter": "/aws/service/eks/optimized-ami/1.35/x"}]})),
        ok("another_kind_in_a_list", Item(type="kubernetes:core/v1:List", props={"items": [{"kind": "Pod"}]})),
        fail("tokens_optional", _class({_TOKENS: "optional"}), at=_TOKENS),
        fail(
            "more_hops",
            _class({"spec.metadataOptions.httpPutResponseHopLimit": 2}),
            at="spec.metadataOptions.httpPutResponseHopLimit",
        ),
        fail("public", _class({"spec.associatePublicIPAddress": True}), at="spec.associatePublicIPAddress"),
        fail("volume_in_plain_text", _class({_VOLUME: False}), at=_VOLUME_AT),
        fail("encryption_omitted", _class({_VOLUME: OMITTED}), at=_VOLUME_AT),
        fail("secret", _class({"spec.userData": "export DB_PASSWORD=hunter2hunter2"}), at="spec.userData"),
        fail("open_kubelet", _class({"spec.userData": "kubelet --anonymous-auth=true"}), at="spec.userData"),
        fail("image_of_anybody", _class({_IMAGES: [{"name": "al2023-*"}]}), at=f"{_IMAGES}[0].owner"),
        fail(
            "image_of_another_account",
            _class({_IMAGES: [{"name": "x", "owner": "210987654321"}]}),
            at=f"{_IMAGES}[0].owner",
        ),
        fail("patch", _class({_TOKENS: "optional"}, wrapper="Patch"), at=_TOKENS),
        fail("in_a_list", _class({_TOKENS: "optional"}, wrapper="List"), at=f"items[0].{_TOKENS}"),
        unknown("decided_later", _class({_TOKENS: UNKNOWN})),
    ),
}
