"""Policies about TLS: what listens, and the certificates it shows (TLS-CFG, TLS-INT)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guidelines.tls import INTERMEDIATE, LOAD_BALANCER_POLICIES
from policies.kernel.policy import HIGH, MANDATORY, MEDIUM, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value

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
            with resource.isolate():
                protocol = listener["lbProtocol"]
                if (protocol.text() or "").lower() in ("http", "https", "ssl"):
                    yield violation(protocol, f"{protocol.text()} of a classic load balancer", "an ALB or NLB")
        return
    protocol, policy = resource.props["protocol"], resource.props["sslPolicy"]
    # What has a port and names no protocol listens for HTTP; a gateway load balancer has neither.
    port = resource.props["port"]
    default = "HTTP" if not port.known or port.present else ""
    name = (protocol.text() or default).upper()
    if name in ENCRYPTED and policy.text() not in LOAD_BALANCER_POLICIES:
        allowed = " or ".join(sorted(LOAD_BALANCER_POLICIES))
        yield violation(policy, policy.text() or "nothing (a policy of 2016)", allowed)
    if name == "HTTP" and not _redirects(resource.props["defaultActions"]):
        yield violation(protocol, "HTTP that answers in plain text", "HTTPS, or a redirect to it")


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
        with stack.isolate():
            if (listener.props["protocol"].text() or "HTTP").upper() != "HTTP":
                continue
            for rule in of_listeners.to(listener, "arn", "id"):
                with stack.isolate():
                    actions = rule.props["actions"]
                    if not _redirects(actions):
                        yield violation(
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
            yield violation(bits, f"{bits.text()}", f"{LEAST_BITS} or more")
    elif name == "ECDSA":
        curve = resource.props["ecdsaCurve"]
        # The provider's own default is P224.
        if curve.text() not in INTERMEDIATE.ecdsa_curves:
            yield violation(curve, curve.text() or "nothing (P224)", " or ".join(INTERMEDIATE.ecdsa_curves))
    elif name != "ED25519":
        yield violation(kind, name or "nothing", "ECDSA, RSA or ED25519")


def _certificate(resource: Resource) -> Iterator[Violation]:
    if resource.type == PRIVATE_KEY:
        yield from _key(resource)
    elif resource.type == CERTIFICATE:
        kind = resource.props["keyAlgorithm"]
        if kind.text() not in {None, *ACM_KEYS}:
            yield violation(kind, f"{kind.text()}", " or ".join(sorted(ACM_KEYS)))
    else:
        hours = resource.props["validityPeriodHours"]
        if not 0 < (hours.number() or 0) <= LONGEST_HOURS:
            said = f"{hours.text()} hours" if hours.present else "nothing"
            yield violation(hours, said, f"1 to {LONGEST_HOURS} hours ({INTERMEDIATE.maximum_days} days)")


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
