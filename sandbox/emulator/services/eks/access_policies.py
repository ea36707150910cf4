"""How a request is matched against EKS's access policies, whose rules are in policies/guidelines/access_policies.py.

Of the policies for AWS's own controllers the EKS user guide gives no rules: here they allow nothing.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

from policies.guidelines.access_policies import CORE, RULES, Rule

Review = Mapping[str, Any]
"""`spec` of a SubjectAccessReview."""


def _allowed(rule: Rule, review: Review) -> bool:
    """Whether a rule covers a request, wherever it goes."""
    asked = review.get("resourceAttributes")
    if asked is None:
        asked = review["nonResourceAttributes"]
        return _covers(rule.verbs, asked["verb"]) and _covers(rule.urls, asked["path"])
    resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
    group = asked.get("group") or CORE
    return _covers(rule.verbs, asked["verb"]) and _covers(rule.groups, group) and _covers(rule.resources, resource)


def _covers(listed: str, asked: str) -> bool:
    return not {"*", asked}.isdisjoint(listed.split())


def allows(policy: str, scope: Mapping[str, Any], review: Review) -> bool:
    """Whether an associated access policy covers a request.

    Args:
        policy: the policy's name.
        scope: the association's `accessScope`; its namespaces may have wildcards.
        review: `spec` of a SubjectAccessReview.
    """
    if scope["type"] == "namespace":
        namespace = (review.get("resourceAttributes") or {}).get("namespace")
        if not namespace or not any(fnmatch.fnmatchcase(namespace, pattern) for pattern in scope["namespaces"]):
            return False
    return any(_allowed(rule, review) for rule in RULES.get(policy, ()))
