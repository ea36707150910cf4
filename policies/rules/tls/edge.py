"""A policy about TLS of AWS edge services: CloudFront, API Gateway, OpenSearch and SNS (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import ADVISORY, MEDIUM, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value

DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
REST_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
HTTP_DOMAIN: Final = "aws:apigatewayv2/domainName:DomainName"
SEARCH: Final = "aws:opensearch/domain:Domain"
SEARCHES: Final = frozenset({SEARCH, "aws:elasticsearch/domain:Domain"})
TENANTS: Final = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
BEHAVIOURS: Final = {DISTRIBUTION: "orderedCacheBehaviors", TENANTS: "cacheBehaviors"}
"""Distributions -> what they call the behaviours beside the default one."""

ORIGIN: Final = {DISTRIBUTION: "customOriginConfig", TENANTS: "customOriginConfigs"}
"""Distributions -> what they call the settings of an origin that is no bucket."""
SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"

CLOUDFRONT: Final = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
VIEWERS: Final = ("https-only", "redirect-to-https")
ORIGINS: Final = ("https-only", "match-viewer")
"""Viewers speak HTTPS by the rule above, so what matches them does, too."""
ORIGIN_VERSIONS: Final = ("TLSv1.2",)
GATEWAY: Final = ("TLS_1_2", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_3_2025_09")
OPENSEARCH: Final = ("Policy-Min-TLS-1-2-PFS-2023-10",)


def _one_of(value: Value, allowed: tuple[str, ...]) -> Iterator[Violation]:
    if value.text() not in allowed:
        yield violation(value, value.text() or "nothing", " or ".join(allowed))


def _distribution(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    yield from _one_of(props.along("viewerCertificate", "minimumProtocolVersion"), CLOUDFRONT)
    for behaviour in (props["defaultCacheBehavior"], *props[BEHAVIOURS[resource.type]].items()):
        with resource.isolate():
            yield from _one_of(behaviour["viewerProtocolPolicy"], VIEWERS)

    for origin in props["origins"].items():
        with resource.isolate():
            for custom in origin[ORIGIN[resource.type]].one_or_more():
                yield from _one_of(custom["originProtocolPolicy"], ORIGINS)
                for version in custom["originSslProtocols"].items():
                    yield from _one_of(version, ORIGIN_VERSIONS)


def _edge(resource: Resource) -> Iterator[Violation]:
    props = resource.props
    if resource.type in BEHAVIOURS:
        yield from _distribution(resource)
    elif resource.type == SUBSCRIPTION:
        if (props["protocol"].text() or "").lower() == "http":
            yield violation(props["protocol"], "http, which sends messages in plain text", "https")
    elif resource.type in SEARCHES:
        options = props["domainEndpointOptions"]
        yield from _one_of(options["tlsSecurityPolicy"], OPENSEARCH)
        if not options["enforceHttps"].flag():
            yield violation(options["enforceHttps"], "false", "true")
    else:
        holder = props if resource.type == REST_DOMAIN else props["domainNameConfiguration"]
        yield from _one_of(holder["securityPolicy"], GATEWAY)


EDGE = Policy(
    id="edge-tls-modern",
    requirement="TLS-CFG",
    types=SEARCHES | {*BEHAVIOURS, REST_DOMAIN, HTTP_DOMAIN, SUBSCRIPTION},
    level=ADVISORY,
    severity=MEDIUM,
    description="AWS's services speak TLS 1.2 or later to viewers, origins and subscribers, and nothing in plain text.",
    fix="set the newest security policy that the service offers; use https to viewers, origins and subscribers",
    rule=_edge,
)

POLICIES = (EDGE,)
