"""A policy about TLS where AWS ends it for us: CloudFront, API Gateway and OpenSearch (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, MEDIUM, Policy
from policies.values import Value

DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
REST_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
HTTP_DOMAIN: Final = "aws:apigatewayv2/domainName:DomainName"
SEARCH: Final = "aws:opensearch/domain:Domain"
SEARCHES: Final = frozenset({SEARCH, "aws:elasticsearch/domain:Domain"})
TENANTS: Final = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
BEHAVIOURS: Final = {DISTRIBUTION: "orderedCacheBehaviors", TENANTS: "cacheBehaviors"}
"""Distributions -> what they call the behaviours beside the default one."""

CLOUDFRONT: Final = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
VIEWERS: Final = ("https-only", "redirect-to-https")
GATEWAY: Final = ("TLS_1_2", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_3_2025_09")
OPENSEARCH: Final = ("Policy-Min-TLS-1-2-PFS-2023-10",)


def _one_of(value: Value, allowed: tuple[str, ...]) -> Iterator[Violation]:
    if value.text() not in allowed:
        yield breach(value, value.text() or "nothing", " or ".join(allowed))


def _distribution(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    yield from _one_of(props.along("viewerCertificate", "minimumProtocolVersion"), CLOUDFRONT)
    for behaviour in (props["defaultCacheBehavior"], *props[BEHAVIOURS[resource.type]].items()):
        with resource.apart():
            yield from _one_of(behaviour["viewerProtocolPolicy"], VIEWERS)


def _edge(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    if resource.type in BEHAVIOURS:
        yield from _distribution(resource)
    elif resource.type in SEARCHES:
        options = props["domainEndpointOptions"]
        yield from _one_of(options["tlsSecurityPolicy"], OPENSEARCH)
        if not options["enforceHttps"].flag():
            yield breach(options["enforceHttps"], "false", "true")
    else:
        holder = props if resource.type == REST_DOMAIN else props["domainNameConfiguration"]
        yield from _one_of(holder["securityPolicy"], GATEWAY)


EDGE = Policy(
    id="edge-tls-modern",
    requirement="TLS-CFG",
    types=SEARCHES | {*BEHAVIOURS, REST_DOMAIN, HTTP_DOMAIN},
    level=ADVISORY,
    severity=MEDIUM,
    description="AWS's own front ends speak TLS 1.2 or later, and nothing in plain text.",
    fix="set the newest security policy that the service offers, and redirect HTTP",
    rule=_edge,
)

POLICIES = (EDGE,)

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
