"""Cases of routes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.deis import (
    ANNOTATION_PREFIX,
    CONTROLLER,
    CONTROLLER_DOMAIN,
    DOMAINS_ANNOTATION,
    NAMESPACE,
    NGINX_PREFIX,
    WHITELIST_ANNOTATION,
)
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.deis.routes import ROUTES

_SHOP: Final[dict[str, Any]] = {
    "metadata": {
        "name": "shop",
        "namespace": "shop",
        "annotations": {
            DOMAINS_ANNOTATION: "shop,www.example.org",
            WHITELIST_ANNOTATION: "203.0.113.0/24",
            "example.org/team": "shop",
        },
    },
    "spec": {"ports": [{"port": 80}]},
}
_ANNOTATIONS: Final = "metadata.annotations"


def _shop(annotations: dict[str, Any], changes: dict[Any, Any] | None = None, type_: str = "Service") -> Item:
    own = {("metadata", "annotations", key): value for key, value in annotations.items()}
    return Item(type=f"kubernetes:core/v1:{type_}", props=changed(_SHOP, {**own, **(changes or {})}))


def _at(key: str) -> str:
    return f'{_ANNOTATIONS}["{key}"]'


def _named(domains: Any, changes: dict[Any, Any] | None = None) -> Item:
    return _shop({DOMAINS_ANNOTATION: domains}, changes)


_CONTROLLER: Final = {
    "metadata.name": CONTROLLER,
    "metadata.namespace": NAMESPACE,
    "spec.selector": {"app": CONTROLLER},
}
_LOCATIONS: Final = f"{ANNOTATION_PREFIX}proxyLocations"
_PROXIED: Final = f"{ANNOTATION_PREFIX}proxyDomain"
_LOG_FORMAT: Final = f"{NGINX_PREFIX}logFormat"

CASES: dict[str, tuple[Case, ...]] = {
    ROUTES.id: (
        ok("application", _shop({})),
        ok("not_routed", _shop({}, {_ANNOTATIONS: OMITTED})),
        ok("controller_itself", _named(CONTROLLER_DOMAIN, _CONTROLLER)),
        ok("similar_names", _named("deis-shop,www.deis.example.org,shop.deis")),
        fail("the_controllers_short_name", _named("shop,deis"), at=_at(DOMAINS_ANNOTATION)),
        fail("the_controllers_full_name", _named("deis.apps.example.org"), at=_at(DOMAINS_ANNOTATION)),
        fail("in_capitals_and_with_spaces", _named("shop , DEIS.apps.example.org"), at=_at(DOMAINS_ANNOTATION)),
        fail(
            "same_namespace",
            _named("deis", {"metadata.namespace": NAMESPACE, "spec.selector": {"app": "shop"}}),
            at=_at(DOMAINS_ANNOTATION),
        ),
        fail("same_name_elsewhere", _named("deis", {"metadata.name": CONTROLLER}), at=_at(DOMAINS_ANNOTATION)),
        fail("below_another_name", _shop({_PROXIED: "deis"}), at=_at(_PROXIED)),
        fail("text_for_nginx", _shop({_LOCATIONS: "/ { allow all; } location /x"}), at=_at(_LOCATIONS)),
        fail("not_of_a_service", _shop({_LOG_FORMAT: "x"}), at=_at(_LOG_FORMAT)),
        fail("patch", _shop({DOMAINS_ANNOTATION: "deis"}, type_="ServicePatch"), at=_at(DOMAINS_ANNOTATION)),
        unknown("names_decided_later", _named(UNKNOWN)),
        unknown("annotations_decided_later", _shop({}, {_ANNOTATIONS: UNKNOWN})),
    ),
}
