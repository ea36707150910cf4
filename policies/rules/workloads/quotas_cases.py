"""Cases of quotas.py."""

from __future__ import annotations

from policies.kernel.cases import Case, Item, fail, ok
from policies.rules.workloads.quotas import QUOTA


def _made(kind: str, namespace: str = "shop") -> Item:
    return Item(
        type=f"kubernetes:core/v1:{kind}",
        props={"metadata": {"name": kind.lower(), "namespace": namespace}, "spec": {}},
        name=kind,
    )


_SHOP = Item(type="kubernetes:core/v1:Namespace", props={"metadata": {"name": "shop"}}, name="shop")
_SYSTEM = Item(type="kubernetes:core/v1:NamespacePatch", props={"metadata": {"name": "kube-system"}})

CASES: dict[str, tuple[Case, ...]] = {
    QUOTA.id: (
        ok("both", _SHOP, _made("ResourceQuota"), _made("LimitRange")),
        ok("patch_of_one_that_is_there", _SYSTEM),
        fail("neither", _SHOP, at="metadata.name"),
        fail("no_sizes", _SHOP, _made("ResourceQuota"), at="metadata.name"),
        fail("of_another", _SHOP, _made("ResourceQuota", "web"), _made("LimitRange"), at="metadata.name"),
    ),
}
