"""The kernel: a policy is a function and a record about it, adapted here to CrossGuard's SDK.

A rule gets a `Resource` (or the whole `Stack`) and yields a `Violation` for each problem. The kernel handles everything
else, in the same way for all policies:

- A violation reads `ID: property path: found X, required Y; fix: how; see REQUIREMENT link`.
- Values unknown in a preview are left to the update, with a note; `isolate()` keeps an unknown value from hiding other
  problems. In an update every value is known, so a value that is still unknown violates the policy.
- A malformed value, or a rule that raises, violates the policy: it fails closed, and never aborts the engine's call.
- An exemption lets a resource pass until its expiry date (exemptions.py).
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
    proxy,
)

from policies.kernel import exemptions, frameworks, ledger
from policies.kernel.remediation import Remedy, apply
from policies.kernel.requirements import link
from policies.kernel.resource import WHOLE, Judged, Resource, Stack, Violation
from policies.kernel.value import Value

ADVISORY: Final = EnforcementLevel.ADVISORY
MANDATORY: Final = EnforcementLevel.MANDATORY
REMEDIATE: Final = EnforcementLevel.REMEDIATE
LOW: Final = Severity.LOW
MEDIUM: Final = Severity.MEDIUM
HIGH: Final = Severity.HIGH
CRITICAL: Final = Severity.CRITICAL

FRAMEWORK: Final = "Palisade requirements"
"""Of a policy that no published framework asks for."""
ROOT: Final = "pulumi:pulumi:Stack"
"""The type of the resource that a stack itself is."""
LONGEST_TEXT: Final = 300
PATHS_NAMED: Final = 3


ResourceRule = Callable[[Resource], Iterable[Violation]]
StackRule = Callable[[Stack], Iterable[Violation]]
Report = Callable[[str, str | None], None]
"""Takes a message and the URN of the resource that it is about, if that is not the one that is judged."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result for a resource or stack."""

    violations: tuple[Violation, ...]
    unknown: tuple[str, ...]


CLEAN: Final = Verdict(violations=(), unknown=())


@dataclass(frozen=True)
class Ruling:
    """A violation, and whether an exemption lets it pass."""

    violation: Violation
    note: str
    """About exemptions that do not help."""
    excused_by: exemptions.Exemption | None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The record of a policy. It is a resource policy if it has a `rule`, else a stack policy with a `stack_rule`."""

    id: str
    requirement: str
    """ID of the requirement, or several, separated by spaces."""
    types: Container[str]
    """Type tokens of the resources that it judges, or looks for in a stack.

    A container with a true `by_name` holds types for what they are called: being in it does not make a type judged.
    """
    level: EnforcementLevel
    severity: Severity
    description: str
    """One sentence that says what must be so."""
    fix: str
    rule: ResourceRule | None = None
    stack_rule: StackRule | None = None
    remedy: Remedy | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What can be configured besides exemptions: name -> JSON schema with a default."""
    always: bool = False
    """Whether no configuration switches it off."""

    def judge(self, resource: Resource) -> Verdict:
        """Apply the rule to a resource."""
        assert self.rule is not None, self.id  # noqa: S101 - a mistake in the registry, never of an input
        return self._judge(self.rule, resource)

    def judge_stack(self, stack: Stack) -> Verdict:
        """Apply the rule to a stack."""
        assert self.stack_rule is not None, self.id  # noqa: S101 - as above
        return self._judge(self.stack_rule, stack)

    def _judge(self, rule: Callable[[Any], Iterable[Violation]], judged: Judged) -> Verdict:
        violations: list[Violation] = []
        try:
            with judged.isolate():
                # One by one, so that violations found before a rule stops are kept.
                for violation in rule(judged):
                    violations.append(violation)
        except Exception as fault:  # noqa: BLE001 - fail closed, whatever went wrong
            violations.append(_thrown(self.id, fault))
        violations += judged.malformed
        if judged.unknown and isinstance(judged, Resource) and _updating():
            violations += [Violation(path, "a value that is not known", "a known value") for path in judged.unknown]
        if not violations and not judged.unknown:
            return CLEAN
        return Verdict(violations=tuple(dict.fromkeys(violations)), unknown=tuple(dict.fromkeys(judged.unknown)))

    def message(self, violation: Violation, note: str = "") -> str:
        """A violation as a message."""
        found, required = (text.replace("\n", " ")[:LONGEST_TEXT] for text in (violation.found, violation.required))
        text = f"{self.id}: {violation.path}: found {found}, required {required}; fix: {self.fix}; see {self.reference}"
        return f"{text} ({note})" if note else text

    @property
    def reference(self) -> str:
        """The requirement and its documentation."""
        return f"{self.requirement} {link(self.requirement)}"

    def configuration(self, config: Mapping[str, Any] | None) -> Value:
        """A configuration in the form that rules read."""
        defaults = {name: schema["default"] for name, schema in self.settings.items()}
        return Value({**defaults, **(config or {})})

    def adapt(self) -> ResourceValidationPolicy | StackValidationPolicy:
        """The policy as an object of CrossGuard's SDK."""
        about: dict[str, Any] = {
            "name": self.id,
            "description": self.description,
            "enforcement_level": self.level,
            "config_schema": PolicyConfigSchema({exemptions.KEY: exemptions.SCHEMA, **_plain(self.settings)}),
            "severity": self.severity,
            "framework": self._framework(),
            "tags": [*self.requirement.split(), *frameworks.labels(self.id)],
            "remediation_steps": self.fix,
            "url": link(self.requirement),
        }
        if self.rule is None:
            return StackValidationPolicy(validate=self._validate_stack, **about)
        remediate = self._remediate if self.remedy else None
        return ResourceValidationPolicy(validate=self._validate, remediate=cast(Any, remediate), **about)

    def _framework(self) -> PolicyComplianceFramework:
        """The most specific framework that requires the policy; the tags name the controls of all."""
        asked = frameworks.controls(self.id)
        if not asked:
            return PolicyComplianceFramework(name=FRAMEWORK, reference=self.requirement)
        first = asked[0][0]
        own = [control for framework, control in asked if framework is first]
        return PolicyComplianceFramework(
            name=first.name,
            version=first.version,
            reference=", ".join(control.id for control in own),
            specification="; ".join(f"{control.id}: {control.title}" for control in own),
        )

    def wants(self, type_: str) -> bool:
        """Whether it evaluates resources of a type; the others can be skipped."""
        # Every stack has a root, so that exemptions of a policy without resources to evaluate are recorded too.
        return type_ in self.types or (type_ == ROOT and self.rule is not None)

    def validate(self, resource: Resource, report: Report) -> None:
        """Evaluate a resource and report the violations without an exemption.

        Raises:
            UnknownValueError: a value is not known yet; the SDK notes it, and the reported violations stay.
        """
        if resource.type == ROOT:
            self.enter(resource.settings, ledger.RUN)
        if resource.type in self.types:
            self._report(self.judge(resource), resource.settings, resource.urn, report)

    def validate_stack(self, stack: Stack, report: Report) -> None:
        """Evaluate the matching resources of a stack, as `validate` does."""
        self.enter(stack.settings, ledger.RUN)
        if stack.resources:
            self._report(self.judge_stack(stack), stack.settings, "", report)

    def _validate(self, args: ResourceValidationArgs, report: Report) -> None:
        if self.wants(args.resource_type):
            self.validate(_resource(args, self.configuration(args.get_config())), report)

    def _validate_stack(self, args: StackValidationArgs, report: Report) -> None:
        config = self.configuration(args.get_config())
        resources = [
            Resource(
                type=one.resource_type,
                name=one.name,
                urn=one.urn,
                props=Value(one.props),
                depends_on={key: frozenset(of.urn for of in on) for key, on in one.property_dependencies.items()},
                settings=config,
            )
            for one in args.resources
            if self.wants(one.resource_type)
        ]
        self.validate_stack(Stack(resources=resources, settings=config), report)

    def _report(self, verdict: Verdict, config: Value, urn: str, report: Report) -> None:
        for ruling in self.rulings(verdict, config, urn, ledger.RUN):
            if ruling.excused_by is None:
                report(self.message(ruling.violation, ruling.note), ruling.violation.urn or None)
        if verdict.unknown and not _updating():
            named = ", ".join(verdict.unknown[:PATHS_NAMED])
            raise proxy.UnknownValueError(proxy.UNKNOWN_STRING_VALUE, [named])

    def rulings(self, verdict: Verdict, config: Value, urn: str, book: ledger.Ledger) -> Iterator[Ruling]:
        """The outcome of each violation after exemptions, which are recorded in the book.

        Args:
            verdict: the result of the rule.
            config: the policy's configuration.
            urn: URN of the resource; empty for a stack, whose violations have their own.
            book: records which exemptions were needed.
        """
        allowed, faults = self.enter(config, book)
        for one in allowed:
            if verdict.unknown and (not urn or one.covers(urn)):
                book.doubt(self.id, one)
        for violation in verdict.violations:
            about = violation.urn or urn
            covering, ended = exemptions.excuse(allowed, about)
            if covering:
                book.use(self.id, covering, about)
            if covering and not ended:
                yield Ruling(violation, "", covering)
            else:
                yield Ruling(violation, "; ".join(filter(None, [ended, *faults])), None)

    def enter(self, config: Value, book: ledger.Ledger) -> tuple[list[exemptions.Exemption], list[str]]:
        """Record the exemptions of a configuration in the book, including ignored ones with the reason."""
        allowed, faults = config.remembered(exemptions.read)
        book.configure(self.id, allowed, faults)
        return allowed, faults

    def _remediate(self, args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        """Apply the remedy; the validation still reports what it cannot repair."""
        if args.resource_type not in self.types or self.remedy is None:
            return None
        config = self.configuration(args.get_config())
        covering, ended = exemptions.excuse(exemptions.read(config)[0], args.urn)
        if covering and not ended:
            return None
        try:
            changes = list(self.remedy(_resource(args, config)))
            return args.props if apply(args.props, changes) else None
        except Exception:  # noqa: BLE001 - the validation that follows fails closed
            return None


def _resource(args: ResourceValidationArgs, config: Value) -> Resource:
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        props=Value(args.props),
        settings=config,
        component=args.provider is None,
    )


def _updating() -> bool:
    """Whether this is an update, so that every input is known; if unspecified, a preview is assumed."""
    return os.environ.get("PULUMI_DRY_RUN") == "false"


def _thrown(policy: str, fault: Exception) -> Violation:
    # The error's text may contain a property's value, which may be a secret: report only its location.
    frames = traceback.extract_tb(fault.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "unknown place"
    return Violation(WHOLE, f"{type(fault).__name__} at {where} in {policy}", "a resource that can be judged")


def _plain(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: dict(schema) for name, schema in schemas.items()}
