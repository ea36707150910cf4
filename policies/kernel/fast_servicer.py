"""The SDK's servicer with one de-serialisation per resource; each policy gets only resources of its own types.

It replaces the three slow calls, and refuses an invalid configuration. The port, the levels, the descriptions and the
format of every answer stay the SDK's: the engine sees no difference, and each policy keeps its own name, level,
severity and configuration (tests/policies/test_server.py compares every answer). It omits inputs that no rule here
reads: the resource's options, its provider, the stack's tags and the program's configuration.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import grpc
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.deserialize import SPECIAL_SIG_KEY, deserialize_properties
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UnknownValueError

from policies.kernel import configuration, ledger
from policies.kernel.policy import Policy
from policies.kernel.resource import Resource, Stack
from policies.kernel.value import Value

CONFIGURATION: Final = "the configuration of the policy pack"
SIGNATURE: Final = SPECIAL_SIG_KEY.encode()
"""In every secret, asset and archive on the wire."""


def servicer(policies: Sequence[Policy]) -> Callable[..., _PolicyAnalyzerServicer]:
    """Return a factory of servicers for these policies, called as the SDK calls its own."""
    return functools.partial(Servicer, policies)


class Servicer(_PolicyAnalyzerServicer):
    """The servicer for the engine.

    Args:
        ours: the policies.
        name: the pack's name.
        version: the pack's version.
        adapted: the policies as SDK objects, in the same order.
        rest: the other arguments of the SDK's servicer.
    """

    def __init__(self, ours: Sequence[Policy], name: str, version: str, adapted: list[Any], *rest: Any) -> None:
        super().__init__(name, version, adapted, *rest)
        self._ours, self._name, self._version = ours, name, version
        pairs = list(zip(ours, adapted, strict=True))
        self._single = [pair for pair in pairs if pair[0].rule]
        self._stack = [pair for pair in pairs if pair[0].stack_rule]
        self._wanting: dict[str, list[tuple[Policy, EnforcementLevel, Value]]] = {}
        self._repairing: list[Policy] | None = None
        self._read: dict[str, Value] = {}

    def Configure(self, request: Any, context: Any) -> Any:
        """Set the configuration, and refuse an invalid one, of which the engine itself would ignore some errors."""
        given = {name: json_format.MessageToDict(one.properties) for name, one in request.policyConfig.items()}
        if wrong := configuration.faults(given, self._ours):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{CONFIGURATION}: {'; '.join(wrong)}")
        ledger.RUN.clear()
        self._wanting.clear()
        self._repairing = None
        self._read.clear()
        return super().Configure(request, context)

    def Analyze(self, request: Any, _context: Any) -> Any:
        """Evaluate the policies on a resource."""
        response = analyzer_pb2.AnalyzeResponse()
        type_, name, urn, component = request.type, request.name, request.urn, not request.HasField("provider")
        if not (policies := self._about(type_)):
            return response
        props = deserialized(request.properties)
        for policy, level, settings in policies:
            resource = Resource(type=type_, name=name, urn=urn, props=props, settings=settings, component=component)
            self._hear(policy, level, response, resource)
        return response

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:
        """Evaluate the stack policies on all resources together."""
        response = analyzer_pb2.AnalyzeResponse()
        resources = Resources(request.resources)
        for policy, level in self._enabled(self._stack):
            settings = self._settings(policy)
            stack = Stack(resources=resources.wanted(policy, settings), settings=settings)
            self._hear(policy, level, response, stack)
        return response

    def Remediate(self, request: Any, context: Any) -> Any:
        """Run the remediations through the SDK, with one de-serialisation, and only if one may be needed."""
        if self._repairing is None:
            levels = self._enabled(self._single)
            self._repairing = [policy for policy, level in levels if level is EnforcementLevel.REMEDIATE]
        if any(policy.remedy and policy.wants(request.type) for policy in self._repairing):
            return super().Remediate(request, context)
        response = analyzer_pb2.RemediateResponse()
        for policy in self._repairing:
            if not policy.remedy:
                response.not_applicable.add(policy_name=policy.id, reason="Policy does not implement remediate")
        return response

    def _about(self, type_: str) -> list[tuple[Policy, EnforcementLevel, Value]]:
        """The enabled policies for a type, with their configuration."""
        found = self._wanting.get(type_)
        if found is None:
            wanting = self._enabled(pair for pair in self._single if pair[0].wants(type_))
            found = self._wanting[type_] = [(policy, level, self._settings(policy)) for policy, level in wanting]
        return found

    def _enabled(self, pairs: Iterable[tuple[Policy, Any]]) -> Iterable[tuple[Policy, EnforcementLevel]]:
        for policy, adapted in pairs:
            level = self._get_enforcement_level(adapted)
            if level is not EnforcementLevel.DISABLED:
                yield policy, level
            elif policy.always:
                yield policy, policy.level

    def _settings(self, policy: Policy) -> Value:
        # One value for all policies, which caches what was read.
        if policy.id not in self._read:
            self._read[policy.id] = policy.configuration(self._get_policy_config(policy.id))
        return self._read[policy.id]

    def _hear(self, policy: Policy, level: EnforcementLevel, response: Any, judged: Resource | Stack) -> None:
        # Violations that remain after its remedy block.
        level = EnforcementLevel.MANDATORY if level is EnforcementLevel.REMEDIATE else level
        report = self._create_report_violation(response, policy.id, policy.description, level, policy.severity)
        try:
            if isinstance(judged, Resource):
                policy.validate(judged, report)
            else:
                policy.validate_stack(judged, report)
        except UnknownValueError as fault:
            response.diagnostics.add(
                policyName=policy.id,
                policyPackName=self._name,
                policyPackVersion=self._version,
                message=f"can't run policy '{policy.id}' from policy pack '{self._name}@v{self._version}' "
                f"during preview: {fault.message}",
                description=policy.description,
                enforcementLevel=self._map_enforcement_level(EnforcementLevel.ADVISORY),
            )


class Resources:
    """All resources of a stack; resources of types that no policy evaluates are never de-serialised."""

    def __init__(self, sent: Sequence[Any]) -> None:
        self._sent = sent
        self._urns = {one.urn for one in sent}
        self._places: dict[str, list[int]] = {}
        for place, one in enumerate(sent):
            self._places.setdefault(one.type, []).append(place)
        self._read: dict[int, tuple[Value, dict[str, frozenset[str]]]] = {}

    def wanted(self, policy: Policy, settings: Value) -> list[Resource]:
        """The resources of a policy's types, in order."""
        places = sorted(place for type_, places in self._places.items() if policy.wants(type_) for place in places)
        return [self._resource(place, settings) for place in places]

    def _resource(self, place: int, settings: Value) -> Resource:
        one = self._sent[place]
        if place not in self._read:
            depends_on = {
                key: frozenset(urn for urn in on.urns if urn in self._urns)
                for key, on in one.propertyDependencies.items()
            }
            self._read[place] = deserialized(one.properties), depends_on
        props, depends_on = self._read[place]
        return Resource(
            type=one.type, name=one.name, urn=one.urn, props=props, depends_on=depends_on, settings=settings
        )


def deserialized(properties: Any) -> Value:
    """The properties as sent, with secrets in plain text and unknown values marked."""
    plain = _object(properties)
    # Without a signature in it, the SDK would only copy it.
    return Value(deserialize_properties(plain) if SIGNATURE in properties.SerializeToString() else plain)


def _object(struct: Any) -> dict[str, Any]:
    fields = struct.fields
    return {key: _plain(fields[key]) for key in fields}


def _plain(value: Any) -> Any:
    # Much faster than the generic conversion to JSON, which would dominate the run time. Most values are texts.
    if text := value.string_value:
        return text
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _object(value.struct_value)
    if kind == "list_value":
        return [_plain(one) for one in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)
