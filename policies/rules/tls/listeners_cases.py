"""Cases of listeners.py."""

from __future__ import annotations

from typing import Any, Final

from policies.guidelines.tls import INTERMEDIATE
from policies.guidelines.tls import MODERN as MODERN_PROFILE
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.tls.listeners import CLASSIC, LISTENER, MODERN, RULES_REDIRECT

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


CASES: dict[str, tuple[Case, ...]] = {
    MODERN.id: (
        ok("intermediate", _listening()),
        ok("modern_at_a_network_balancer", _listening({"protocol": "TLS"})),
        ok("passed_through", _listening({"protocol": "TCP", "sslPolicy": OMITTED})),
        ok("redirected", _listening({"protocol": "HTTP", "sslPolicy": OMITTED, "defaultActions": _REDIRECT})),
        ok("tls_1_3_alone", _listening({"sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"})),
        ok("fips", _listening({"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04"})),
        ok("modern", _listening({"sslPolicy": MODERN_PROFILE.load_balancer_policy}), settings={"profile": "modern"}),
        fail("intermediate_where_modern_is_set", _listening({}), settings={"profile": "modern"}, at="sslPolicy"),
        fail("cbc", _listening({"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09"}), at="sslPolicy"),
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
}
