"""How Deis's router speaks to the web: by its own defaults also TLS 1.0, CBC suites and plain HTTP (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.deis.charts import CHARTS, is_deis, named, release, told
from policies.deis.whitelist import ROUTERS, OrCharts
from policies.guidelines.deis import NGINX_PREFIX, ROUTER, ciphers
from policies.guidelines.tls import INTERMEDIATE
from policies.judged import Resource, Violation, breach
from policies.policy import HIGH, MANDATORY, Policy
from policies.values import Value

SPOKEN: Final = {
    f"{NGINX_PREFIX}ssl.enforce": (None, ("true",)),
    f"{NGINX_PREFIX}ssl.protocols": (None, INTERMEDIATE.protocols),
    f"{NGINX_PREFIX}ssl.ciphers": (":", (*INTERMEDIATE.tls12_suites, *INTERMEDIATE.tls13_suites)),
}
"""Annotation -> what parts its words, None for spaces, and the words that it may hold."""


def _spoken(value: Value, key: str) -> Iterator[Violation]:
    sign, allowed = SPOKEN[key]
    words = (value.text() or "").split(sign)
    strange = [word for word in words if word not in allowed]
    if strange or not words:
        found = ", ".join(strange) or "nothing (the router's own default)"
        yield breach(value, found, f"{' or '.join(allowed)}, and nothing else")


def _judged(resource: Resource) -> Iterator[Violation]:
    if resource.type in CHARTS:
        for key in SPOKEN if is_deis(resource) else ():
            with resource.apart():
                place, said = told(resource, "router", "deployment_annotations", key)
                for value in said or [place]:
                    yield from _spoken(value, key)
        return
    for router in named(ROUTERS.objects(resource), ROUTER):
        for key in SPOKEN:
            with resource.apart():
                value = router.value.along("metadata", "annotations", key)
                if not router.patch or not value.known or value.present:
                    yield from _spoken(value, key)


ROUTER_TLS: Final = Policy(
    id="router-tls-modern",
    requirement="TLS-CFG",
    types=OrCharts(ROUTERS),
    level=MANDATORY,
    severity=HIGH,
    description="Deis's router speaks TLS by the guide's modern or intermediate profile, and nothing in plain text.",
    fix=f"annotate the Deployment {ROUTER} with {', '.join(SPOKEN)}; "
    "of a chart, router.deployment_annotations in values",
    rule=_judged,
)

POLICIES: Final = (ROUTER_TLS,)

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
