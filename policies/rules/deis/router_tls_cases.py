"""Cases of router_tls.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import ROUTER, ciphers
from policies.guidelines.tls import INTERMEDIATE
from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.deis.charts import release
from policies.rules.deis.router_tls import ROUTER_TLS, SPOKEN

_ENFORCE, _PROTOCOLS, _CIPHERS = SPOKEN
_MODERN: Final = {_ENFORCE: "true", _PROTOCOLS: "TLSv1.2 TLSv1.3", _CIPHERS: ciphers(INTERMEDIATE)}


def _router(changes: dict[str, Any], type_: str = "kubernetes:apps/v1:Deployment", name: str = ROUTER) -> Item:
    annotations = {**({} if type_.endswith("Patch") else _MODERN), **changes}
    return Item(type=type_, props={"metadata": {"name": name, "namespace": "deis", "annotations": annotations}})


def _at(key: str) -> str:
    return f'metadata.annotations["{key}"]'


_PATCH: Final = "kubernetes:apps/v1:DeploymentPatch"
_VALUES: Final = "values.router.deployment_annotations"

CASES: dict[str, tuple[Case, ...]] = {
    ROUTER_TLS.id: (
        ok("intermediate", _router({})),
        ok("modern", _router({_PROTOCOLS: "TLSv1.3"})),
        ok("another_deployment", _router({_PROTOCOLS: "TLSv1"}, name="web")),
        ok("patch_of_something_else", _router({}, _PATCH)),
        ok("chart", release({"router": {"deployment_annotations": _MODERN}})),
        fail("protocols_omitted", _router({_PROTOCOLS: None}), at=_at(_PROTOCOLS)),
        fail("tls_1_0", _router({_PROTOCOLS: "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"}), at=_at(_PROTOCOLS)),
        fail("ciphers_omitted", _router({_CIPHERS: None}), at=_at(_CIPHERS)),
        fail("triple_des", _router({_CIPHERS: "ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA"}), at=_at(_CIPHERS)),
        fail("plain_http", _router({_ENFORCE: "false"}), at=_at(_ENFORCE)),
        fail("patch", _router({_PROTOCOLS: "TLSv1.1"}, _PATCH), at=_at(_PROTOCOLS)),
        fail("chart_by_default", release({}), at=f'{_VALUES}["{_PROTOCOLS}"]'),
        unknown("decided_later", _router({_PROTOCOLS: UNKNOWN})),
    ),
}
