"""Deis's router enforces whitelists, and no whitelist lets everyone in (DEIS-WL)."""

from __future__ import annotations

from typing import Final

from components.baseline.admission.rule import POD_VARIABLES, Check, Rule, literal, of, read_spec
from policies.guidelines.cidr import MOST_ADDRESSES, MOST_ENTRIES, RANGE, WIDEST_PREFIX
from policies.guidelines.deis import (
    CONTROLLER,
    DEFAULT_WHITELIST_ANNOTATION,
    NATIVE_INGRESS_VARIABLES,
    OFF,
    PROXY_CIDRS_ANNOTATION,
    ROUTABLE_LABEL,
    ROUTER,
    ROUTER_SWITCHES,
    WHITELIST_ANNOTATION,
)

RANGES: Final = (WHITELIST_ANNOTATION, DEFAULT_WHITELIST_ANNOTATION, PROXY_CIDRS_ANNOTATION)
_SIZES: Final = [2 ** (32 - prefix) for prefix in range(33)]
"""Prefix -> how many addresses it reaches; CEL has no powers."""
_VALID: Final = f"e.matches({literal(f'^{RANGE.pattern}$')}) && isCIDR(n) && cidr(n) == cidr(n).masked()"


def _read_labels(it: str) -> str:
    return of(it, "metadata", "labels")


def _read_annotations(it: str) -> str:
    return of(it, "metadata", "annotations")


def _read_selector(it: str) -> str:
    return of(it, "spec", "selector")


def _named(name: str) -> str:
    return f"(variables.name == {literal(name)} || variables.apps.exists(a, a.orValue('') == {literal(name)}))"


def _each(holds: str) -> str:
    """Conditions on `e`, every entry of every list, and `n`, the entry as a range."""
    return f"variables.lists.all(l, l.all(e, [e.contains('/') ? e : e + '/32'].all(n, {holds})))"


def whitelist(*, allow_wide: bool) -> Rule:
    """The rule; `allow_wide` as in `cidr.whitelist_faults`.

    Overlapping ranges count more than once: a wide list that is allowed by name must not contain overlaps.
    """
    narrow = Check(
        holds=_each(f"!isCIDR(n) || cidr(n).prefixLength() >= {WIDEST_PREFIX}")
        + f" && variables.lists.all(l, l.size() <= {MOST_ENTRIES})"
        # A duplicate entry is a mistake; a long list is refused anyway.
        + f" && variables.lists.all(l, l.size() > {MOST_ENTRIES} || l.all(e, l.exists_one(o, o == e)))",
        message=f"an entry of a whitelist is of /{WIDEST_PREFIX} or narrower, there once, and one of {MOST_ENTRIES}",
        found="variables.lists.map(l, l.join(',')).join('; ')",
    )
    return Rule(
        id="deis-whitelist",
        requirement="DEIS-WL",
        policies=("whitelist-enforced", "whitelist-not-everyone"),
        resources={
            "": ["services", "replicationcontrollers"],
            "apps": ["deployments", "statefulsets", "daemonsets"],
        },
        reads=(_read_labels, _read_annotations, _read_selector, read_spec),
        variables={
            **POD_VARIABLES,
            "name": f"{of('object', 'metadata', 'name')}.orValue('')",
            "labels": f"{_read_labels('object')}.orValue({{}})",
            "apps": f"[{_read_labels('object')}.?app, {_read_selector('object')}.?app,"
            f" {_read_selector('object')}.?matchLabels.?app,"
            f" {of('object', 'spec', 'template', 'metadata', 'labels')}.?app]",
            "annotations": f"{_read_annotations('object')}.orValue({{}})",
            "lists": f"{literal(RANGES)}.filter(k, k in variables.annotations)"
            ".map(k, variables.annotations[k].split(',').map(e, e.trim()))",
        },
        checks=(
            Check(
                holds="variables.containers.all(c, c.?env.orValue([])"
                f".filter(e, e.name in {literal(NATIVE_INGRESS_VARIABLES)})"
                f".all(e, !has(e.valueFrom) && e.?value.orValue('').lowerAscii() in {literal(sorted(OFF))}))",
                message=f"Deis has its router, and its whitelists ({' and '.join(NATIVE_INGRESS_VARIABLES)}: 'false')",
            ),
            Check(
                holds=f"request.kind.kind == 'Service' || !{_named(ROUTER)}"
                f" || {literal(ROUTER_SWITCHES)}.all(k, variables.annotations[?k].orValue('') == 'true')",
                message=f"Deis's router enforces whitelists ({' and '.join(ROUTER_SWITCHES)}: 'true')",
            ),
            Check(
                holds=f"request.kind.kind == 'Service' || !{_named(ROUTER)}"
                f" || variables.annotations[?{literal(PROXY_CIDRS_ANNOTATION)}].orValue('') != ''",
                message=f"Deis's router names the load balancer's ranges ({PROXY_CIDRS_ANNOTATION})",
            ),
            Check(
                holds=f"request.kind.kind != 'Service' || !{_named(CONTROLLER)}"
                f" || variables.labels[?{literal(ROUTABLE_LABEL)}].orValue('') != 'true'"
                f" || variables.annotations[?{literal(WHITELIST_ANNOTATION)}].orValue('') != ''",
                message=f"Deis's controller has a whitelist of its own ({WHITELIST_ANNOTATION})",
            ),
            Check(
                holds=_each(_VALID),
                message="a whitelist holds IPv4 ranges without spare bits, with commas and nothing else between them",
                found="variables.lists.map(l, l.join(',')).join('; ')",
            ),
            Check(
                holds="variables.lists.all(l, l.map(e, e.contains('/') ? e : e + '/32').filter(n, isCIDR(n) &&"
                f" cidr(n).ip().family() == 4).map(n, {literal(_SIZES)}[cidr(n).prefixLength()]).sum()"
                f" <= {MOST_ADDRESSES})",
                message="a whitelist names who needs it, never everyone, whole or in parts",
                found="variables.lists.map(l, l.join(',')).join('; ')",
            ),
            *(() if allow_wide else (narrow,)),
        ),
    )
