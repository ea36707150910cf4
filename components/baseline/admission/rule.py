"""Admission rules as records, and the CEL expressions they share (INH-4).

A rule becomes a ValidatingAdmissionPolicy and its binding. It fails closed, and evaluates an object again only when the
fields it reads change: objects older than the rule can still be scaled down, relabelled and deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from policies.guidelines.workloads import CONTAINER_LISTS, EPHEMERAL, WORKLOADS

PREFIX: Final = "palisade-"
"""Of the objects' names."""
NAME_LABEL: Final = "kubernetes.io/metadata.name"
NAMESPACE_FINALIZE: Final = "namespaces/finalize"

PLACE: Final = "(has(request.namespace) ? request.namespace : '')"
"""CEL of a request's namespace. What a request does not have, the server leaves out: to read it is an error."""

admission = k8s.admissionregistration.v1


@dataclass(frozen=True, kw_only=True)
class Check:
    """A condition that must be true, and the message if it is not."""

    holds: str
    """CEL."""
    message: str
    found: str = ""
    """CEL: what was found, put after the message; a text."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One admission rule."""

    id: str
    requirement: str
    """ID of the requirement."""
    policies: tuple[str, ...]
    """Policies of the pack that say the same of what comes through Pulumi."""
    resources: Mapping[str, Sequence[str]]
    """API group -> resources; * is all."""
    versions: tuple[str, ...] = ("v1",)
    """Of the API; `*` where kinds of others have no v1."""
    operations: Sequence[str] = ("CREATE", "UPDATE")
    reads: tuple[Callable[[str], str], ...] = ()
    """CEL of what the rule reads of `object` or `oldObject`; nothing: every request is judged."""
    variables: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...]
    unless: Mapping[str, str] = field(default_factory=dict)
    """Name -> CEL: requests that the rule is not about."""


def literal(value: Any) -> str:
    """A text, number or list as a CEL literal, which has JSON's syntax."""
    return json.dumps(value)


def wildcards(patterns: Sequence[str]) -> str:
    """A regular expression in RE2 syntax for patterns with the wildcards * and ?."""
    marks = {"*": ".*", "?": "."}
    each = ("".join(marks.get(sign, sign if sign.isalnum() else f"\\{sign}") for sign in one) for one in patterns)
    return f"^(?:{'|'.join(each)})$"


def of(it: str, *fields: str) -> str:
    """The field of an object, as a CEL optional."""
    return f"dyn({it})" + "".join(f".?{name}" for name in fields)


def of_template(it: str, *fields: str) -> str:
    """The field of an object's pod template, as a CEL optional, for every kind of workload."""
    usual = ("spec", "template")
    unusual = [one for one in WORKLOADS if one.template != usual]
    chosen = "".join(f"request.kind.kind == '{one.kind}' ? {of(it, *one.template, *fields)} : " for one in unusual)
    return f"({chosen}{of(it, *usual, *fields)})"


POD_RESOURCES: Final[Mapping[str, Sequence[str]]] = {
    group: [one.resource for one in WORKLOADS if one.group == group] + ([EPHEMERAL] if not group else [])
    for group in dict.fromkeys(one.group for one in WORKLOADS)
}
"""Everything that makes pods."""
POD_VARIABLES: Final[Mapping[str, str]] = {
    "spec": f"{of_template('object', 'spec')}.orValue({{}})",
    "containers": " + ".join(f"variables.spec.?{name}.orValue([])" for name in CONTAINER_LISTS),
}


def read_spec(it: str) -> str:
    """A condition on every pod."""
    return of_template(it, "spec")


def requested(resources: Sequence[str]) -> list[str]:
    """The resources, and those of their subresources through which labels and annotations can be written.

    The API server ignores other changes there (kubernetes v1.35, PrepareForUpdate of the status strategies).
    """
    whole = [one for one in resources if "/" not in one]
    final = [NAMESPACE_FINALIZE] if "namespaces" in whole else []
    return [*resources, *(f"{one}/status" for one in whole), *final]


def changed(rule: Rule) -> str:
    """CEL: whether a request changes a field that the rule has not evaluated yet."""
    same = " && ".join(f"{read('object')} == {read('oldObject')}" for read in rule.reads)
    return f"oldObject == null || !({same})"


def _conditions(rule: Rule) -> list[k8s.admissionregistration.v1.MatchConditionArgs]:
    told = {name: f"!({cel})" for name, cel in rule.unless.items()}
    if rule.reads:
        told = {"changed": changed(rule), **told}
    return [admission.MatchConditionArgs(name=name, expression=expression) for name, expression in told.items()]


def _validation(check: Check) -> k8s.admissionregistration.v1.ValidationArgs:
    return admission.ValidationArgs(
        expression=check.holds,
        message=check.message,
        message_expression=f"{literal(f'{check.message}; found ')} + {check.found}" if check.found else None,
        # The same reason as Pod Security's: clients do not treat it as an invalid object.
        reason="Forbidden",
    )


def _but(
    rule: Rule, namespaces: Sequence[str], objects: Sequence[str]
) -> k8s.admissionregistration.v1.MatchResourcesArgs:
    """The match conditions of a binding, without exempt namespaces and exempt objects outside namespaces."""
    expression = k8s.meta.v1.LabelSelectorRequirementArgs(
        key=NAME_LABEL, operator="NotIn", values=sorted({*namespaces})
    )
    return admission.MatchResourcesArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_expressions=[expression]) if namespaces else None,
        exclude_resource_rules=[
            admission.NamedRuleWithOperationsArgs(
                api_groups=[group],
                api_versions=["*"],
                operations=[*rule.operations],
                resources=requested(resources),
                resource_names=sorted({*objects}),
                scope="Cluster",
            )
            for group, resources in rule.resources.items()
        ]
        if objects
        else None,
    )


def make_rule(
    name: str, rule: Rule, exempt: Sequence[str], objects: Sequence[str] = (), *, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make the policy and its binding.

    Args:
        name: prefix of the resource names.
        rule: the rule.
        exempt: namespaces excluded by an exemption.
        objects: names of objects outside namespaces excluded by an exemption.
        opts: options of both resources.
    """
    called = f"{PREFIX}{rule.id}"
    metadata = k8s.meta.v1.ObjectMetaArgs(name=called)
    policy = admission.ValidatingAdmissionPolicy(
        f"{name}-{rule.id}",
        metadata=metadata,
        spec=admission.ValidatingAdmissionPolicySpecArgs(
            failure_policy="Fail",
            match_constraints=admission.MatchResourcesArgs(
                resource_rules=[
                    admission.NamedRuleWithOperationsArgs(
                        api_groups=[group],
                        api_versions=[*rule.versions],
                        operations=[*rule.operations],
                        resources=requested(resources),
                    )
                    for group, resources in rule.resources.items()
                ]
            ),
            match_conditions=_conditions(rule),
            variables=[
                admission.VariableArgs(name=variable, expression=expression)
                for variable, expression in rule.variables.items()
            ],
            validations=[_validation(check) for check in rule.checks],
        ),
        opts=opts,
    )
    binding = admission.ValidatingAdmissionPolicyBinding(
        f"{name}-{rule.id}-binding",
        metadata=metadata,
        spec=admission.ValidatingAdmissionPolicyBindingSpecArgs(
            policy_name=called,
            # Audit annotates the refused call in the audit log, where alarms and searches find the rule's name.
            validation_actions=["Deny", "Audit"],
            match_resources=_but(rule, exempt, objects) if exempt or objects else None,
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )
    return [policy, binding]
