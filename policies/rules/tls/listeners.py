"""Policies about the TLS configuration of load-balancer listeners (TLS-CFG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from policies.guidelines.tls import INTERMEDIATE, PROFILE_SETTING, ProfileName, load_balancer_policies
from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.references import Referrers
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.kernel.value import Value

LISTENER: Final = "aws:lb/listener:Listener"
CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
LISTENERS: Final = frozenset({LISTENER, "aws:alb/listener:Listener", CLASSIC})
RULES: Final = frozenset({"aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"})
ENCRYPTED: Final = frozenset({"HTTPS", "TLS"})


def _listener(resource: Resource) -> Iterator[Violation]:
    if resource.type == CLASSIC:
        for listener in resource.props["listeners"].items():
            with resource.isolate():
                protocol = listener["lbProtocol"]
                if (protocol.text() or "").lower() in ("http", "https", "ssl"):
                    yield violation(protocol, f"{protocol.text()} of a classic load balancer", "an ALB or NLB")
        return
    protocol, policy = resource.props["protocol"], resource.props["sslPolicy"]
    # A listener with a port but without a protocol uses HTTP; a gateway load balancer has neither.
    port = resource.props["port"]
    default = "" if port.missing else "HTTP"
    name = (protocol.text() or default).upper()
    if name in ENCRYPTED:
        yield from policy_violations(policy, resource.settings)
    if name == "HTTP" and not _redirects(resource.props["defaultActions"]):
        yield violation(protocol, "HTTP that answers in plain text", "HTTPS, or a redirect to it")


def policy_violations(policy: Value, settings: Value) -> Iterator[Violation]:
    """Evaluate the name of a load balancer's TLS policy by the configured profile."""
    allowed = load_balancer_policies(cast(ProfileName, settings["profile"].text()))
    if policy.text() not in allowed:
        yield violation(policy, policy.text() or "nothing (a policy of 2016)", " or ".join(sorted(allowed)))


def _redirects(actions: Value) -> bool:
    """Whether all actions redirect to HTTPS."""
    listed = actions.items()
    return bool(listed) and all(
        action["type"].text() == "redirect" and (action.along("redirect", "protocol").text() or "") == "HTTPS"
        for action in listed
    )


def _rules(stack: Stack) -> Iterator[Violation]:
    """Listener rules take precedence over the listener's default actions, and are evaluated instead."""
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
    settings={"profile": PROFILE_SETTING},
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

POLICIES = (MODERN, RULES_REDIRECT)
