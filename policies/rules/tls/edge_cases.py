"""Cases of edge.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.tls.edge import CLOUDFRONT, DISTRIBUTION, EDGE, REST_DOMAIN, SEARCH, SUBSCRIPTION, TENANTS, VIEWERS

_GOOD: Final[dict[str, Any]] = {
    "viewerCertificate": {"minimumProtocolVersion": CLOUDFRONT[0]},
    "defaultCacheBehavior": {"viewerProtocolPolicy": VIEWERS[1]},
}
_VERSION, _PROTOCOL = "viewerCertificate.minimumProtocolVersion", "defaultCacheBehavior.viewerProtocolPolicy"


def _of(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=DISTRIBUTION, props=changed(_GOOD, changes or {}))


_ORIGIN: Final = "origins[0].customOriginConfig"


def _origin(protocol: str, version: str = "TLSv1.2") -> Item:
    config = {"originProtocolPolicy": protocol, "originSslProtocols": [version]}
    return _of({"origins": [{"domainName": "app.example.org", "customOriginConfig": config}]})


def _subscriber(protocol: str) -> Item:
    return Item(type=SUBSCRIPTION, props={"topic": "arn:topic", "protocol": protocol, "endpoint": "x"})


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
        ok("origin", _origin("https-only")),
        ok("origin_as_the_viewer", _origin("match-viewer")),
        ok("bucket", _of({"origins": [{"domainName": "x.s3.amazonaws.com", "originAccessControlId": "E1"}]})),
        fail("origin_in_plain_text", _origin("http-only"), at=f"{_ORIGIN}.originProtocolPolicy"),
        fail("old_origin", _origin("https-only", "SSLv3"), at=f"{_ORIGIN}.originSslProtocols[0]"),
        fail(
            "origin_of_tenants",
            Item(
                type=TENANTS,
                props=changed(_GOOD, {"origins": [{"customOriginConfigs": [{"originProtocolPolicy": "http-only"}]}]}),
            ),
            at="origins[0].customOriginConfigs[0].originProtocolPolicy",
        ),
        ok("subscriber", _subscriber("https")),
        ok("queue", _subscriber("sqs")),
        fail("subscriber_in_plain_text", _subscriber("http"), at="protocol"),
        fail("search", Item(type=SEARCH, props={}), at="domainEndpointOptions.tlsSecurityPolicy"),
        unknown("decided_later", _of({_VERSION: UNKNOWN})),
    ),
}
