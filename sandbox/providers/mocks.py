"""Run a program in this process, with the stand-in providers instead of an engine and its plugins, for unit tests.

`run_program` emulates the engine: it checks and creates each resource through the same handlers as the plugins,
marks secrets as the engine does, and records every registration in a `Run`. Runs share nothing; the caller starts the
emulated AWS.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import importlib
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import config as runtime_config
from pulumi.runtime import mocks, settings, stack
from pulumi.runtime.proto import engine_pb2, resource_pb2

from sandbox.providers.base import Provider, ProviderError
from sandbox.providers.values import from_wire, marked_like, plain, secret_paths, to_wire

PACKAGES = {
    "aws": ("sandbox.providers.aws.provider", "AwsProvider"),
    "kubernetes": ("sandbox.providers.kubernetes.provider", "KubernetesProvider"),
    "random": ("sandbox.providers.random", "RandomProvider"),
    "tls": ("sandbox.providers.tls.provider", "TlsProvider"),
}
STACK_TYPE = "pulumi:pulumi:Stack"
READ_STACK_OUTPUTS = "pulumi:pulumi:readStackOutputs"
TIMEOUT_SECONDS = 60.0
Program = Callable[[], Awaitable[None] | object]


@dataclass
class Registered:
    """A resource that the program registered."""

    urn: str
    type: str
    name: str
    id: str
    """Empty for a component, and in a preview."""
    inputs: dict[str, Any]
    """As checked by the provider; secrets as plain values, unknowns as `UNKNOWN`."""
    outputs: dict[str, Any]
    secrets: frozenset[str]
    """Top-level names of the outputs that are, or contain, secrets."""
    request: resource_pb2.RegisterResourceRequest
    """The whole registration: parent, protect, dependencies, provider, aliases, ignored changes, timeouts."""

    @property
    def component(self) -> bool:
        """Whether it is a component, not a provider's resource."""
        return not self.request.custom

    @property
    def marked_inputs(self) -> dict[str, Any]:
        """The inputs as the program sent them, secrets with the wire's marks."""
        return json_format.MessageToDict(self.request.object)

    @property
    def hooks(self) -> tuple[str, ...]:
        """Names of the hooks that run before a creation or an update."""
        return (*self.request.hooks.before_create, *self.request.hooks.before_update)

    @property
    def parent(self) -> str:
        """URN of the parent."""
        return self.request.parent

    @property
    def protect(self) -> bool:
        """Whether the resource is protected from deletion."""
        return self.request.protect

    @property
    def depends_on(self) -> tuple[str, ...]:
        """URNs of the dependencies in its inputs or options."""
        return tuple(self.request.dependencies)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """URNs that the SDK waits for before it registers the resource, including its parent and its providers.

        A component is registered when its providers exist, and its children when it is registered (`_prepare_resource`
        in pulumi/runtime/resource.py of the SDK, 3.272.0).
        """
        providers = (self.request.provider, *self.request.providers.values())
        return (*self.depends_on, self.parent, *(provider.rpartition("::")[0] for provider in providers))


@dataclass
class Run:
    """The registrations of a program, in order of creation."""

    resources: list[Registered] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs as plain values."""
    secret_exports: frozenset[str] = frozenset()
    warnings: list[str] = field(default_factory=list)

    def of(self, type_: str) -> list[Registered]:
        """The resources of a type: a full token, or its end, such as `Subnet` or `ec2/subnet:Subnet`."""
        return [
            resource
            for resource in self.resources
            if resource.type == type_ or resource.type.endswith((f":{type_}", f"/{type_}"))
        ]

    def by_name(self, type_: str) -> dict[str, Registered]:
        """The resources of a type by name."""
        return {resource.name: resource for resource in self.of(type_)}

    def behind(self, later: Registered) -> set[str]:
        """URNs of all resources that are created before `later` and deleted after it, directly or through others."""
        by_urn = {resource.urn: resource for resource in self.resources}
        seen: set[str] = set()
        queue = [later.urn]
        while queue:
            for urn in by_urn[queue.pop()].depends_on:
                if urn not in seen and urn in by_urn:
                    seen.add(urn)
                    queue.append(urn)
        return seen

    def waits(self, later: Registered, earlier: Registered) -> bool:
        """Whether `later` is created after `earlier` and deleted before it."""
        return earlier.urn in self.behind(later)

    def named(self, name: str, type_: str | None = None) -> Registered:
        """The one resource of that name (and type).

        Raises:
            AssertionError: there is none, or more than one; the message lists the names there are.
        """
        candidates = self.resources if type_ is None else self.of(type_)
        found = [resource for resource in candidates if resource.name == name]
        if len(found) != 1:
            there = ", ".join(sorted(f"{resource.name} ({resource.type})" for resource in candidates))
            raise AssertionError(f"{len(found)} resources named {name}; there are: {there}")
        return found[0]

    def only(self, type_: str) -> Registered:
        """The one resource of a type.

        Raises:
            AssertionError: there is none, or more than one.
        """
        found = self.of(type_)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} resources of type {type_}: {[resource.name for resource in found]}")
        return found[0]


class Engine(mocks.MockEngine):
    """The engine's log: keeps the warnings of a run."""

    def __init__(self, run: Run) -> None:
        super().__init__(None)
        self._run = run

    def Log(self, request: engine_pb2.LogRequest) -> None:
        """Keep a warning."""
        if request.severity == engine_pb2.WARNING:
            self._run.warnings.append(request.message)


class StandIns(dict[str, Provider]):
    """All stand-ins by package, each made when it is first used: aws on the emulated AWS, kubernetes without a server.

    Args:
        region: AWS region.
    """

    def __init__(self, region: str) -> None:
        super().__init__()
        self._region = region

    def __missing__(self, package: str) -> Provider:
        if package not in PACKAGES:
            raise KeyError(package)
        module, name = PACKAGES[package]
        made: Callable[..., Provider] = getattr(importlib.import_module(module), name)
        self[package] = provider = made(offline=True) if package == "kubernetes" else made()
        provider.configure({"region": self._region} if package == "aws" else {})
        return provider


class ProviderMocks(mocks.Mocks):
    """`pulumi.runtime.Mocks` over the stand-ins: a resource is checked, then created; a function is invoked.

    Args:
        providers: package -> its provider, configured.
        stacks: full name -> outputs of the other stacks that the program may read.
    """

    def __init__(
        self, providers: Mapping[str, Provider], stacks: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._providers, self._stacks = providers, stacks or {}
        # moto is not thread-safe; the SDK registers each resource in a thread of its own.
        self._lock = threading.Lock()

    def _provider(self, token: str) -> Provider:
        package = token.partition(":")[0]
        try:
            return self._providers[package]
        except KeyError:
            raise ProviderError(f"{token}: no provider of the package '{package}' is part of this test") from None

    def make(
        self, urn: str, type_: str, inputs: dict[str, Any], *, preview: bool
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """(ID, checked inputs, outputs) of a new resource.

        Raises:
            ProviderError: the provider refuses an input, or the creation; the message starts as the engine's does.
        """
        name = urn.rsplit("::", maxsplit=1)[-1]
        if type_.startswith("pulumi:providers:"):
            return "" if preview else hashlib.sha256(urn.encode()).hexdigest()[:36], inputs, inputs
        provider = self._provider(type_)
        with self._lock:
            checked, failures = provider.check(urn, type_, {}, inputs, hashlib.sha256(urn.encode()).digest())
            if failures:
                reasons = "; ".join(f"{failure.property}: {failure.reason}" for failure in failures)
                raise ProviderError(f"{type_} resource '{name}' has a problem: {reasons}")
            try:
                id_, outputs = provider.create(urn, type_, checked, preview, TIMEOUT_SECONDS)
            except ProviderError as fault:
                raise ProviderError(f"creating {type_} '{name}': {fault}", fault.code) from fault
        return id_, checked, outputs

    def find(self, urn: str, type_: str, id_: str, state: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """(ID, inputs, outputs) of an existing resource that the program only reads.

        Raises:
            ProviderError: there is none.
        """
        with self._lock:
            found = self._provider(type_).read(urn, type_, id_, {}, state)
        if found is None:
            raise ProviderError(f"resource '{id_}' does not exist")
        return found

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """The result of a function."""
        if args.token == READ_STACK_OUTPUTS:
            return self._stack_outputs(plain(args.args)["name"]), []
        with self._lock:
            return self._provider(args.token).invoke(args.token, plain(args.args)), []

    def _stack_outputs(self, name: str) -> dict[str, Any]:
        """Same as the engine's own function (GetStackOutputs in backend/backend.go of pulumi/pkg, 3.259.0)."""
        if name not in self._stacks:
            raise ProviderError(f"unknown stack {json.dumps(name)}")
        return {"name": name, "outputs": dict(self._stacks[name]), "secretOutputNames": []}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """(ID, outputs) of a resource."""
        if not args.custom and args.resource_id is None:
            return "", args.inputs
        inputs = plain(args.inputs)
        urn = f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{args.typ}::{args.name}"
        if args.resource_id:
            id_, _, outputs = self.find(urn, args.typ, args.resource_id, inputs)
        else:
            id_, _, outputs = self.make(urn, args.typ, inputs, preview=settings.is_dry_run())
        return id_, outputs


class Monitor(mocks.MockMonitor):
    """The engine's side of the SDK's requests, recording them. URNs and secrets are as the real engine makes them."""

    def __init__(self, provider_mocks: ProviderMocks, run: Run) -> None:
        super().__init__(provider_mocks)
        self._providers = provider_mocks
        self._run = run
        self._by_urn: dict[str, Registered] = {}
        self._registering: set[str] = set()
        self._lock = threading.Lock()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN, with the types of all ancestors but the stack."""
        chain = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if chain == STACK_TYPE else f"{chain}${type_}"
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{qualified}::{name}"

    def GetDeploymentInfo(self, request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:
        """Same as for the plugins, which accept neither output values nor references to resources."""
        info = super().GetDeploymentInfo(request)
        info.supportedFeatures.remove(resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES)
        return info

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        """Check and create."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        # The SDK registers from several threads at once.
        with self._lock:
            if urn in self._registering:
                raise ProviderError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            self._registering.add(urn)
        inputs = from_wire(request.object)
        id_, outputs = "", inputs
        if request.custom:
            if request.importId:
                id_, inputs, outputs = self._providers.find(urn, request.type, request.importId, inputs)
            else:
                id_, inputs, outputs = self._providers.make(urn, request.type, inputs, preview=settings.is_dry_run())
        answer = marked_like(request.object, to_wire(outputs), request.additionalSecretOutputs)
        self._keep(Registered(urn, request.type, request.name, id_, inputs, outputs, secret_paths(answer), request))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=answer)

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        """Read an existing resource."""
        urn = self.make_urn(request.parent, request.type, request.name)
        id_, inputs, outputs = self._providers.find(urn, request.type, request.id, from_wire(request.properties))
        answer = marked_like(request.properties, to_wire(outputs), request.additionalSecretOutputs)
        read = resource_pb2.RegisterResourceRequest(
            type=request.type, name=request.name, parent=request.parent, custom=True
        )
        self._keep(Registered(urn, request.type, request.name, id_, inputs, outputs, secret_paths(answer), read))
        return resource_pb2.ReadResourceResponse(urn=urn, id=id_, properties=answer)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:
        """Record a component's outputs, or the stack's exports."""
        outputs = from_wire(request.outputs)
        if request.urn.split("::")[2] == STACK_TYPE:
            self._run.exports = outputs
            self._run.secret_exports = secret_paths(request.outputs)
        else:
            component = self._by_urn[request.urn]
            component.outputs = {**component.outputs, **outputs}
            component.secrets |= secret_paths(request.outputs)
        return empty_pb2.Empty()

    def _keep(self, resource: Registered) -> None:
        self._by_urn[resource.urn] = resource
        self._run.resources.append(resource)


def run_program(
    program: Program,
    providers: Mapping[str, Provider] | ProviderMocks,
    *,
    config: Mapping[str, str] | None = None,
    secret_keys: Sequence[str] = (),
    preview: bool = False,
    project: str = "palisade",
    stack_name: str = "test",
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Run:
    """Run a program, or a function that makes a component, to completion.

    Args:
        program: called without arguments; may be a coroutine function. `pulumi.export` works.
        providers: package -> its provider, or mocks that need none.
        config: full configuration key (`palisade:people`) -> value, as text.
        secret_keys: which of these keys are secret.
        preview: create nothing; values that only a creation yields are unknown.
        project: name of the project.
        stack_name: name of the stack.
        stacks: full name -> outputs of the other stacks that the program may read.

    Raises:
        ProviderError: a provider refused something.
        Exception: whatever the program itself raised.
    """
    run = Run()

    def inside() -> None:
        own = providers if isinstance(providers, ProviderMocks) else ProviderMocks(providers, stacks)
        monitor = Monitor(own, run)
        settings.configure(
            mocks.MockSettings(
                project=project,
                stack=stack_name,
                organization="organization",
                root_directory=".",
                dry_run=preview,
                monitor=monitor,
                monitor_features=set(),
                engine=Engine(run),
                outputs=set(),
                lock=threading.Lock(),
                package_refs={},
                base_providers_by_ref={},
                callbacks=None,
            )
        )
        settings.ROOT.set(None)
        runtime_config.set_all_config(dict(config or {}), list(secret_keys))
        with _loop() as loop:
            loop.run_until_complete(stack.run_in_stack(lambda: _called(program)))

    contextvars.copy_context().run(inside)
    return run


def _called(program: Program) -> Awaitable[None] | None:
    result = program()
    return result if isinstance(result, Awaitable) and not isinstance(result, pulumi.Output) else None


@contextlib.contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run in a new event loop; tasks left over from a failed program are cancelled silently."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()
