"""Each need of a configuration, evaluated: whether it is met, and which grants and openings it used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.providers.mocks import Registered
from tests.needs.iam import ANONYMOUS, Decision, Principal, Request, evaluate
from tests.needs.matrix import World
from tests.needs.model import Actor, Call, Connection, subjects
from tests.needs.regions import offers

API_HOSTS: Final = {
    "cloudwatch": "monitoring.{region}.amazonaws.com",
    "ecr": "api.ecr.{region}.amazonaws.com",
    "eks-auth": "eks-auth.{region}.api.aws",
    "iam": "iam.amazonaws.com",
}
"""Prefix of actions -> the service's host, where it is not <prefix>.<region>.amazonaws.com (botocore's endpoints)."""


@dataclass
class Result:
    """What is wrong with a configuration, and what its needs used."""

    faults: list[str] = field(default_factory=list)
    grants: set[tuple[str, str]] = field(default_factory=set)
    """(identity, action) that some need uses."""
    openings: set[str] = field(default_factory=set)


def actors(world: World) -> Iterator[Actor]:
    """The actors of a configuration."""
    for subject in subjects().values():
        for actor in subject.actors:
            if actor.holds(world.facts):
                yield actor


def evaluated(world: World) -> Result:
    """All needs of a configuration."""
    result = Result()
    for endpoint in world.account.of("vpcEndpoint"):
        service = endpoint.inputs["serviceName"].split(".", 3)[3]
        if not offers(world.account.region, service):
            result.faults.append(f"{endpoint.name}: AWS has no endpoint of {service} in {world.account.region}")
    for actor in actors(world):
        _Evaluation(world, actor, result).run()
    return result


class _Evaluation:
    def __init__(self, world: World, actor: Actor, result: Result) -> None:
        self.world, self.actor, self.result = world, actor, result
        self.identity: Registered | None = None

    def run(self) -> None:
        kind, _, name = self.actor.identity.partition("/")
        if kind in ("role", "user", "group"):
            self.identity = self.world.account.find(kind, name)
            if self.identity is None:
                self.fault("", f"there is no {self.actor.identity}")
                return
        if self.actor.assumed_by and self.identity:
            self._assumed(self.identity)
        for call in self.actor.calls:
            if call.holds(self.world.facts):
                self._call(call)
        for connection in self.actor.connections:
            if connection.holds(self.world.facts):
                self._connection(connection)

    def fault(self, what: str, why: str) -> None:
        self.result.faults.append(f"{self.actor.name}: {what}: {why}")

    def principal(self) -> Principal:
        """The caller."""
        kind, _, name = self.actor.identity.partition("/")
        if kind == "service":
            return Principal(kind="Service", name=self.world.account.fill(name))
        if self.identity is None:
            return ANONYMOUS
        arn: str = self.identity.outputs["arn"]
        if kind == "group":
            # Some member of it.
            arn = f"arn:aws:iam::{self.world.account.account}:user/ada"
        return Principal(kind="AWS", name=arn, account=self.world.account.account)

    def _assumed(self, identity: Registered) -> None:
        arn = identity.outputs["arn"]
        context = self._filled(self.actor.assumed_with)
        for action in self.actor.assumed_actions:
            service = Principal(kind="Service", name=self.actor.assumed_by)
            request = Request(principal=service, action=action, resource=arn, context=context)
            decision = evaluate(request, self.world.account.policies(None, action, arn, None))
            if not decision.allowed:
                self.fault(action, f"{self.actor.assumed_by} may not assume {identity.name}: {decision.reason}")

    def _filled(self, context: Any) -> dict[str, Any]:
        fill = self.world.account.fill
        return {
            key: [fill(one) for one in value]
            if isinstance(value, list)
            else fill(value)
            if isinstance(value, str)
            else value
            for key, value in context.items()
        }

    def _call(self, call: Call) -> None:
        for action in call.actions:
            endpoint = self._reached(call, action)
            for resource in call.resources:
                try:
                    arn = self.world.account.fill(resource)
                    decision = self._decide(call, action, arn, endpoint)
                except LookupError as fault:
                    self.fault(action, str(fault))
                    continue
                if decision.allowed and call.signed:
                    self.result.grants.add((self.actor.identity, action))
                elif not decision.allowed and not call.optional:
                    self.fault(f"{action} on {arn} ({call.why})", decision.reason)

    def _decide(self, call: Call, action: str, arn: str, endpoint: Registered | None) -> Decision:
        account = self.world.account
        principal = self.principal() if call.signed else ANONYMOUS
        # A request that a service makes on somebody's behalf passes through no endpoint of ours.
        endpoint = None if call.via else endpoint
        context: dict[str, Any] = {
            "aws:SecureTransport": True,
            "aws:RequestedRegion": account.region,
            "aws:ResourceAccount": account.fill(call.resource_account),
            "aws:ViaAWSService": bool(call.via),
        }
        if principal.kind == "AWS":
            context |= {"aws:PrincipalAccount": account.account, "aws:PrincipalArn": principal.name}
            if ":user/" in principal.name:
                context["aws:username"] = principal.name.rsplit("/", maxsplit=1)[-1]
        if call.via and action.startswith("kms:"):
            context["kms:ViaService"] = f"{call.via}.{account.region}.amazonaws.com"
        if endpoint is not None:
            context |= {"aws:SourceVpc": endpoint.inputs["vpcId"], "aws:SourceVpce": endpoint.id}
        context |= self._filled(call.context)
        request = Request(principal=principal, action=action, resource=arn, context=context)
        policies = account.policies(self.identity if call.signed else None, action, arn, endpoint)
        decision = evaluate(request, policies)
        if not call.signed and not decision.allowed and "no policy allows" in decision.reason:
            # Whether the owner of the resource allows it is not ours to say; that our endpoint does, is.
            return Decision(allowed=True, reason="the resource's owner")
        return decision

    def _reached(self, call: Call, action: str) -> Registered | None:
        """The endpoint that a call passes through; adds a fault where its host cannot be reached."""
        prefix = action.partition(":")[0]
        if not self.actor.place or call.via:
            return None
        host = self.world.account.fill(call.host or API_HOSTS.get(prefix, f"{prefix}.{{region}}.amazonaws.com"))
        source = self.world.topology.place(self.actor.place)
        if source is None or not source.subnets:
            return None
        way = self.world.topology.to_host(source, host, 443, "tcp")
        self.result.openings |= way.used
        if not call.optional:
            for fault in way.faults:
                self.fault(f"{action} ({call.why})", f"{host}: {fault}")
        return way.endpoint

    def _connection(self, connection: Connection) -> None:
        topology, account = self.world.topology, self.world.account
        source = topology.place(self.actor.place)
        if source is None:
            self.fault(connection.why, f"there is no place {self.actor.place}")
            return
        host = account.fill(connection.host)
        if connection.to:
            place = topology.place(connection.to)
            if place is None:
                self.fault(connection.why, f"there is no place {connection.to}")
                return
            way = topology.between(source, place, connection.port, connection.protocol, host)
        else:
            way = topology.to_host(source, host, connection.port, connection.protocol)
        target = host or connection.to
        self.result.openings |= way.used
        if not connection.optional:
            for fault in way.faults:
                self.fault(f"{target}:{connection.port} ({connection.why})", fault)
