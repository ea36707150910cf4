"""Policies about TLS: what listens, and the certificates it shows (TLS-CFG, TLS-INT)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.guidelines.tls import INTERMEDIATE, LOAD_BALANCER_POLICIES
from policies.judged import Resource, Stack, Violation, breach
from policies.policy import HIGH, MANDATORY, MEDIUM, Policy
from policies.references import Referrers
from policies.values import Value

LISTENER: Final = "aws:lb/listener:Listener"
CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
LISTENERS: Final = frozenset({LISTENER, "aws:alb/listener:Listener", CLASSIC})
RULES: Final = frozenset({"aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"})
ENCRYPTED: Final = frozenset({"HTTPS", "TLS"})
CERTIFICATE: Final = "aws:acm/certificate:Certificate"
PRIVATE_KEY: Final = "tls:index/privateKey:PrivateKey"
SELF_SIGNED: Final = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED: Final = "tls:index/locallySignedCert:LocallySignedCert"
TLS_TYPES: Final = frozenset({SELF_SIGNED, LOCALLY_SIGNED, PRIVATE_KEY})
HOURS_A_DAY: Final = 24
LONGEST_HOURS: Final = INTERMEDIATE.maximum_days * HOURS_A_DAY
LEAST_BITS: Final = INTERMEDIATE.rsa_bits or 0
ACM_KEYS: Final = frozenset({"RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"})


def _listener(resource: Resource) -> Iterator[Violation]:
    if resource.type == CLASSIC:
        for listener in resource.props["listeners"].items():
            with resource.apart():
                protocol = listener["lbProtocol"]
                if (protocol.text() or "").lower() in ("http", "https", "ssl"):
                    yield breach(protocol, f"{protocol.text()} of a classic load balancer", "an ALB or NLB")
        return
    protocol, policy = resource.props["protocol"], resource.props["sslPolicy"]
    # What has a port and names no protocol listens for HTTP; a gateway load balancer has neither.
    port = resource.props["port"]
    default = "HTTP" if not port.known or port.present else ""
    name = (protocol.text() or default).upper()
    if name in ENCRYPTED and policy.text() not in LOAD_BALANCER_POLICIES:
        allowed = " or ".join(sorted(LOAD_BALANCER_POLICIES))
        yield breach(policy, policy.text() or "nothing (a policy of 2016)", allowed)
    if name == "HTTP" and not _redirects(resource.props["defaultActions"]):
        yield breach(protocol, "HTTP that answers in plain text", "HTTPS, or a redirect to it")


def _redirects(actions: Value) -> bool:
    """Whether actions do nothing but send to HTTPS."""
    listed = actions.items()
    return bool(listed) and all(
        action["type"].text() == "redirect" and (action.along("redirect", "protocol").text() or "") == "HTTPS"
        for action in listed
    )


def _rules(stack: Stack) -> Iterator[Violation]:
    """A rule of a listener goes before the listener's own actions, and is judged by them."""
    of_listeners = Referrers(stack, stack.of(RULES), "listenerArn")
    for listener in stack.of(LISTENERS - {CLASSIC}):
        with stack.apart():
            if (listener.props["protocol"].text() or "HTTP").upper() != "HTTP":
                continue
            for rule in of_listeners.to(listener, "arn", "id"):
                with stack.apart():
                    actions = rule.props["actions"]
                    if not _redirects(actions):
                        yield breach(
                            actions, f"an answer in plain text at {listener.name}", "a redirect to HTTPS", rule.urn
                        )


MODERN = Policy(
    id="listener-https-modern-policy",
    requirement="TLS-CFG",
    types=LISTENERS,
    level=MANDATORY,
    severity=HIGH,
    description="Whatever listens for the web speaks TLS by the guide's modern or intermediate profile.",
    fix=f"set protocol to HTTPS and sslPolicy to {INTERMEDIATE.load_balancer_policy}; redirect HTTP",
    rule=_listener,
)


RULES_REDIRECT = Policy(
    id="listener-rules-redirect",
    requirement="TLS-CFG",
    types=LISTENERS | RULES,
    level=MANDATORY,
    severity=HIGH,
    description="The rules of a listener for HTTP send to HTTPS, as the listener itself does.",
    fix="put the rule into the listener for HTTPS",
    stack_rule=_rules,
)


def _key(resource: Resource) -> Iterator[Violation]:
    kind = resource.props["algorithm"]
    name = (kind.text() or "").upper()
    if name == "RSA":
        bits = resource.props["rsaBits"]
        if (bits.number() or LEAST_BITS) < LEAST_BITS:
            yield breach(bits, f"{bits.text()}", f"{LEAST_BITS} or more")
    elif name == "ECDSA":
        curve = resource.props["ecdsaCurve"]
        # The provider's own default is P224.
        if curve.text() not in INTERMEDIATE.ecdsa_curves:
            yield breach(curve, curve.text() or "nothing (P224)", " or ".join(INTERMEDIATE.ecdsa_curves))
    elif name != "ED25519":
        yield breach(kind, name or "nothing", "ECDSA, RSA or ED25519")


def _certificate(resource: Resource) -> Iterator[Violation]:
    if resource.type == PRIVATE_KEY:
        yield from _key(resource)
    elif resource.type == CERTIFICATE:
        kind = resource.props["keyAlgorithm"]
        if kind.text() not in {None, *ACM_KEYS}:
            yield breach(kind, f"{kind.text()}", " or ".join(sorted(ACM_KEYS)))
    else:
        hours = resource.props["validityPeriodHours"]
        if not 0 < (hours.number() or 0) <= LONGEST_HOURS:
            said = f"{hours.text()} hours" if hours.present else "nothing"
            yield breach(hours, said, f"1 to {LONGEST_HOURS} hours ({INTERMEDIATE.maximum_days} days)")


SHORT_LIVED = Policy(
    id="certificate-key-and-lifetime",
    requirement="TLS-CFG TLS-INT",
    types=TLS_TYPES | {CERTIFICATE},
    level=MANDATORY,
    severity=MEDIUM,
    description=f"Certificates have keys that the guide allows, and live {INTERMEDIATE.maximum_days} days at most.",
    fix="use ECDSA with P256 or P384, and validityPeriodHours of 2160 (90 days) with earlyRenewalHours",
    rule=_certificate,
)

POLICIES = (MODERN, RULES_REDIRECT, SHORT_LIVED)

_HTTPS: Final[dict[str, Any]] = {
    "port": 443,
    "protocol": "HTTPS",
    "sslPolicy": INTERMEDIATE.load_balancer_policy,
    "defaultActions": [{"type": "forward"}],
}
_REDIRECT: Final = [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}]
_CLASSIC: Final = {"lbPort": 443, "lbProtocol": "https", "instancePort": 80, "instanceProtocol": "http"}


def _listening(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=LISTENER, props=changed(_HTTPS, changes or {}))


_ARN: Final = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/web/1/2"


def _listens(protocol: str, arn: str = _ARN) -> Item:
    props = {"arn": arn, "port": 80, "protocol": protocol, "defaultActions": _REDIRECT}
    return Item(type=LISTENER, props=props, name="listener")


def _answers(actions: Any, listener: str = _ARN) -> Item:
    props = {"listenerArn": listener, "actions": actions, "conditions": [{"pathPattern": {"values": ["/*"]}}]}
    return Item(
        type="aws:lb/listenerRule:ListenerRule", props=props, name="rule", depends_on={"listenerArn": ["listener"]}
    )


def _living(hours: Any, type_: str = SELF_SIGNED) -> Item:
    return Item(type=type_, props={"allowedUses": ["server_auth"], "validityPeriodHours": hours})


def _of_key(**props: Any) -> Item:
    return Item(type=PRIVATE_KEY, props=props)


CASES: dict[str, tuple[Case, ...]] = {
    MODERN.id: (
        ok("intermediate", _listening()),
        ok("modern_at_a_network_balancer", _listening({"protocol": "TLS"})),
        ok("passed_through", _listening({"protocol": "TCP", "sslPolicy": OMITTED})),
        ok("redirected", _listening({"protocol": "HTTP", "sslPolicy": OMITTED, "defaultActions": _REDIRECT})),
        fail("policy_omitted", _listening({"sslPolicy": OMITTED}), at="sslPolicy"),
        fail("policy_of_2016", _listening({"sslPolicy": "ELBSecurityPolicy-2016-08"}), at="sslPolicy"),
        fail("plain_http", _listening({"protocol": "HTTP"}), at="protocol"),
        fail("http_by_default", _listening({"protocol": OMITTED, "sslPolicy": OMITTED}), at="protocol"),
        ok("gateway", Item(type=LISTENER, props={"defaultActions": [{"type": "forward"}]})),
        fail("classic", Item(type=CLASSIC, props={"listeners": [_CLASSIC]}), at="listeners[0].lbProtocol"),
        unknown("decided_later", _listening({"sslPolicy": UNKNOWN})),
    ),
    RULES_REDIRECT.id: (
        ok("at_https", _listens("HTTPS"), _answers([{"type": "forward"}])),
        ok("sends_on", _listens("HTTP"), _answers(_REDIRECT)),
        fail("plain_text", _listens("HTTP"), _answers([{"type": "forward"}]), at="actions"),
        fail("on_an_empty_state", _listens("HTTP", UNKNOWN), _answers([{"type": "forward"}], UNKNOWN), at="actions"),
    ),
    SHORT_LIVED.id: (
        ok("ninety_days", _living(90 * HOURS_A_DAY)),
        ok("p384", _of_key(algorithm="ECDSA", ecdsaCurve="P384")),
        ok("rsa", _of_key(algorithm="RSA", rsaBits=4096)),
        ok("acm", Item(type=CERTIFICATE, props={"domainName": "example.org", "keyAlgorithm": "EC_prime256v1"})),
        fail("ten_years", _living(10 * 365 * HOURS_A_DAY), at="validityPeriodHours"),
        fail("ten_years_signed", _living(87600, LOCALLY_SIGNED), at="validityPeriodHours"),
        fail("omitted", _living(None), at="validityPeriodHours"),
        fail("p224_by_default", _of_key(algorithm="ECDSA"), at="ecdsaCurve"),
        fail("short_rsa", _of_key(algorithm="RSA", rsaBits=1024), at="rsaBits"),
        fail("acm_with_short_rsa", Item(type=CERTIFICATE, props={"keyAlgorithm": "RSA_1024"}), at="keyAlgorithm"),
        unknown("decided_later", _living(UNKNOWN)),
    ),
}
