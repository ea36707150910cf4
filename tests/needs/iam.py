"""Whether AWS allows a request, by all the policies that decide about it.

The order is AWS's own: IAM User Guide, "Policy evaluation logic"
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, read 2026-11-28),
for one account without service and resource control policies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.needs.conditions import as_list, holds, pattern

Statement = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy document and where it is."""

    where: str
    document: Mapping[str, Any]

    @classmethod
    def parse(cls, where: str, text: str | Mapping[str, Any]) -> Policy:
        """From JSON text."""
        return cls(where=where, document=json.loads(text) if isinstance(text, str) else text)

    @property
    def statements(self) -> list[Statement]:
        """Its statements."""
        return as_list(self.document["Statement"])


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The caller of a request."""

    kind: str
    """AWS, Service, Federated or anonymous."""
    name: str
    """ARN of a role or user, service principal, identity provider; empty for anonymous."""
    account: str = ""


ANONYMOUS = Principal(kind="anonymous", name="")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One action on one resource."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, Any]:
        """The context with lower-case keys: condition keys have no case."""
        return {key.lower(): value for key, value in self.context.items()}


@dataclass(frozen=True, kw_only=True)
class Policies:
    """All policies that apply to a request."""

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    resource: Sequence[Policy] = ()
    endpoint: Policy | None = None
    """Of the VPC endpoint that the request passes through; None: it passes through none."""
    resource_decides: bool = False
    """KMS keys and roles' trust: identity policies count only where the resource's policy admits the account."""


@dataclass(frozen=True)
class Decision:
    """The answer, and why."""

    allowed: bool
    reason: str
    granted_by: tuple[tuple[str, str], ...] = ()
    """(Where the policy is, index of the statement) of each statement that allowed it."""


def matching(policies: Iterable[Policy], request: Request, effect: str) -> list[tuple[str, str]]:
    """The statements of that effect that apply to the request."""
    return [
        (policy.where, str(index))
        for policy in policies
        for index, statement in enumerate(policy.statements)
        if statement["Effect"] == effect and applies(statement, request)
    ]


def applies(statement: Statement, request: Request) -> bool:
    """Whether principal, action, resource and conditions of a statement match the request."""
    keys = request.keys
    return (
        _principal_matches(statement, request.principal)
        and _matches(statement, "Action", request.action.lower(), keys, fold=True)
        and _matches(statement, "Resource", request.resource, keys, fold=False)
        and holds(statement.get("Condition", {}), keys)
    )


def _matches(statement: Statement, element: str, value: str, keys: Mapping[str, Any], *, fold: bool) -> bool:
    if (negated := f"Not{element}") in statement:
        return not _any(statement[negated], value, keys, fold=fold)
    # Trust policies have no resource: the role itself is it.
    return element not in statement or _any(statement[element], value, keys, fold=fold)


def _any(wanted: Any, value: str, keys: Mapping[str, Any], *, fold: bool) -> bool:
    for text in as_list(wanted):
        found = pattern(text.lower(), {}) if fold else pattern(text, keys)
        if found is not None and found.fullmatch(value):
            return True
    return False


def _principal_matches(statement: Statement, principal: Principal) -> bool:
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], principal)
    return "Principal" not in statement or _names(statement["Principal"], principal)


def _names(wanted: Any, principal: Principal) -> bool:
    if wanted == "*":
        return True
    for kind, names in wanted.items():
        for name in as_list(names):
            if kind == "AWS" and name == "*":
                return True
            if kind != principal.kind:
                continue
            if name == principal.name or (kind == "AWS" and _is_account(name, principal.account)):
                return True
    return False


def _is_account(name: str, account: str) -> bool:
    """The account as a principal: every identity of it, if the account's own policies allow it too."""
    return bool(account) and (name == account or name.endswith(f":iam::{account}:root"))


def names_identity(statement: Statement, principal: Principal) -> bool:
    """Whether a resource's policy names the caller itself (or everybody) and not only the caller's account."""
    wanted = statement.get("Principal")
    if wanted == "*" or not isinstance(wanted, Mapping):
        return wanted == "*"
    return any(name in ("*", principal.name) for name in as_list(wanted.get(principal.kind, [])))


def evaluate(request: Request, policies: Policies) -> Decision:
    """Whether AWS lets the request through.

    A resource's policy that names only the account delegates to the identity's policies. One that names the identity
    itself is enough in the same account. What KMS keys and trust policies do not admit, no identity policy grants.
    """
    everything = [*policies.identity, *policies.resource]
    for policy in (policies.boundary, policies.endpoint):
        everything += [policy] if policy else []
    if denied := matching(everything, request, "Deny"):
        return Decision(allowed=False, reason=f"explicitly denied by {denied[0][0]}")
    if policies.endpoint and not matching([policies.endpoint], request, "Allow"):
        return Decision(allowed=False, reason=f"{policies.endpoint.where} does not let it through")
    by_resource = matching(policies.resource, request, "Allow")
    by_name = [
        (where, index)
        for policy in policies.resource
        for where, index in matching([policy], request, "Allow")
        if request.principal.kind != "AWS" or names_identity(policy.statements[int(index)], request.principal)
    ]
    by_identity = matching(policies.identity, request, "Allow")
    if policies.boundary and not matching([policies.boundary], request, "Allow"):
        by_identity = []
        # A boundary limits a role also where a resource's policy names it, but not a user who is named.
        by_name = [] if ":role/" in request.principal.name else by_name
    if by_name:
        return Decision(allowed=True, reason="its resource's policy", granted_by=tuple(by_name + by_identity))
    if policies.resource_decides and not by_resource:
        return Decision(allowed=False, reason=f"{_where(policies.resource)} admits nobody for it")
    if by_identity:
        return Decision(allowed=True, reason="an identity policy", granted_by=tuple(by_identity + by_resource))
    return Decision(allowed=False, reason=f"none of {_where(policies.identity)} allows it")


def _where(policies: Sequence[Policy]) -> str:
    return ", ".join(policy.where for policy in policies) or "no policy"
