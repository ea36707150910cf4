"""Cases of edge.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.tls.edge import CLOUDFRONT, DISTRIBUTION, EDGE, REST_DOMAIN, SEARCH, TENANTS, VIEWERS

_GOOD: Final[dict[str, Any]] = {
    "viewerCertificate": {"minimumProtocolVersion": CLOUDFRONT[0]},
    "defaultCacheBehavior": {"viewerProtocolPolicy": VIEWERS[1]},
}
_VERSION, _PROTOCOL = "viewerCertificate.minimumProtocolVersion", "defaultCacheBehavior.viewerProtocolPolicy"


def _of(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=DISTRIBUTION, props=changed(_GOOD, changes or {}))


CASES: dict[str, tuple[Case, ...]] = {
    EDGE.id: (
        ok("cloudfront", _of()),
        ok("api", Item(type=REST_DOMAIN, props={"domainName": "a.example.org", "securityPolicy": "TLS_1_2"})),
        fail("version_omitted", _of({"viewerCertificate": OMITTED}), at=_VERSION),
        fail("plain_text", _of({_PROTOCOL: "allow-all"}), at=_PROTOCOL),
        fail("old_api", Item(type=REST_DOMAIN, props={"securityPolicy": "TLS_1_0"}), at="securityPolicy"),
        fail(
            "old_tenants",
            Item(type=TENANTS, props={"viewerCertificate": {"minimumProtocolVersion": "TLSv1"}}),
            at=_VERSION,
        ),
        fail("search", Item(type=SEARCH, props={}), at="domainEndpointOptions.tlsSecurityPolicy"),
        unknown("decided_later", _of({_VERSION: UNKNOWN})),
    ),
}
