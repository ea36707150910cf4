"""The base class of the stand-in providers: operations on plain values, served as the engine's gRPC plugin.

A stand-in subclasses `Provider`; `serve` serves it as a plugin. Values are plain Python; an unknown in a preview is the
string `UNKNOWN`. Unless a provider marks secrets itself (`keeps_secrets`), the plugin asks the engine to strip them:
the engine then marks every output whose input was a secret, and the SDK's `additional_secret_outputs` mark the rest.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from concurrent import futures
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from sandbox.providers import faults
from sandbox.providers.values import changed_properties, contains_unknown, from_wire, is_unknown, to_wire

__all__ = [
    "UNKNOWN", "CheckFailure", "Diff", "InitializationFailed", "Provider", "ProviderError", "changed_properties",
    "contains_unknown", "is_unknown", "serve",
]  # fmt: skip

WORKERS = 64
"""Calls served at once; the engine itself limits how many it makes."""
DEFAULT_TIMEOUT_SECONDS = 300.0
ORPHANED_AFTER_SECONDS, LAST_CALLS_SECONDS = 1.0, 30.0


@dataclass(frozen=True)
class CheckFailure:
    """An input that the provider refuses."""

    property: str
    reason: str


@dataclass(frozen=True)
class Diff:
    """What an update would do: the properties that force a replacement, and those that change in place."""

    replaces: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    delete_before_replace: bool = False


class ProviderError(Exception):
    """A failed operation, in the words that the user reads; `code` is AWS's or Kubernetes's error code."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class InitializationFailed(ProviderError):
    """The resource exists but is not ready: the engine keeps it in the state and tries again next time."""

    def __init__(self, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(self.reasons))
        self.id, self.inputs, self.outputs = id_, inputs, outputs


class Provider(ABC):
    """The operations of a provider. Names of types and functions are full tokens; `timeout` is in seconds."""

    name: str
    version: str
    faults: faults.Faults = faults.NONE
    """Injected faults: a provider calls `after` between creating a resource and reading it."""
    keeps_secrets: bool = False
    """Whether secrets arrive as such, and `marked` marks the answers."""
    default_timeout: float = DEFAULT_TIMEOUT_SECONDS
    """The `timeout` of an operation without one in the program."""

    def configure(self, config: dict[str, Any]) -> None:  # noqa: B027 - most need no configuration
        """Take the provider's configuration; called once, before anything else."""

    def diff_config(self, olds: dict[str, Any], news: dict[str, Any]) -> Diff:
        """The effect of another configuration: replacing a provider replaces all its resources."""
        return Diff()

    def marked(self, inputs: struct_pb2.Struct, answer: struct_pb2.Struct) -> struct_pb2.Struct:
        """The answer to a request with these inputs, its secrets marked; for a provider that keeps secrets."""
        return answer

    @abstractmethod
    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        """The inputs with generated names and defaults, and the refused ones."""

    @abstractmethod
    def diff(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        ignore_changes: list[str],
    ) -> Diff:
        """The effect of changed inputs."""

    @abstractmethod
    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        """Create the resource; a preview returns an empty ID and UNKNOWN for outputs of the creation."""

    @abstractmethod
    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """The live (ID, inputs, outputs); None if the resource does not exist."""

    @abstractmethod
    def update(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        preview: bool,
        timeout: float,
    ) -> dict[str, Any]:
        """Update the resource in place; the new outputs."""

    @abstractmethod
    def delete(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], timeout: float
    ) -> None:
        """Delete the resource; a missing resource is not an error."""

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function."""
        raise ProviderError(f"{self.name}: the function {token} is not supported by the stand-in provider")


Answer = TypeVar("Answer")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The engine's side of a provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def _struct(self, inputs: struct_pb2.Struct, values: dict[str, Any]) -> struct_pb2.Struct:
        """Values of an answer to a request with these inputs."""
        return self._provider.marked(inputs, to_wire(values))

    def _answer(
        self, context: grpc.ServicerContext, operation: Callable[[], Answer], inputs: struct_pb2.Struct | None = None
    ) -> Answer:
        """Run the operation; the engine gets a failure in the provider's words, never as a lost connection."""
        try:
            return operation()
        except InitializationFailed as fault:
            source = struct_pb2.Struct() if inputs is None else inputs
            detail = provider_pb2.ErrorResourceInitFailed(
                id=fault.id,
                properties=self._struct(source, fault.outputs),
                inputs=self._struct(source, fault.inputs),
                reasons=fault.reasons,
            )
            packed = any_pb2.Any()
            packed.Pack(detail)
            status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(fault), details=[packed])
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(grpc.StatusCode.UNKNOWN, str(fault))
        except (ProviderError, faults.Fault, ValueError) as fault:
            context.abort(grpc.StatusCode.UNKNOWN, str(fault))
        except Exception as fault:  # noqa: BLE001 - the engine must hear of our own faults as well, with their place
            traceback.print_exc(file=sys.stderr)
            context.abort(grpc.StatusCode.INTERNAL, f"{type(fault).__name__}: {fault}")
        raise AssertionError("context.abort always raises")

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=self._provider.keeps_secrets, accept_resources=False
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(
            schema=f'{{"name": "{self._provider.name}", "version": "{self._provider.version}"}}'
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        return self._answer(
            context,
            lambda: _diff_response(self._provider.diff_config(from_wire(request.olds), from_wire(request.news))),
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._answer(context, lambda: self._provider.configure(from_wire(request.args)))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=self._provider.keeps_secrets, supportsPreview=True, acceptResources=False
        )

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        def operation() -> provider_pb2.CheckResponse:
            type_ = request.type or _type_of(request.urn)
            inputs, failures = self._provider.check(
                request.urn, type_, from_wire(request.olds), from_wire(request.news), request.randomSeed
            )
            return provider_pb2.CheckResponse(
                inputs=self._struct(request.news, inputs),
                failures=[provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures],
            )

        return self._answer(context, operation)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        def operation() -> provider_pb2.DiffResponse:
            diff = self._provider.diff(
                request.urn,
                request.type or _type_of(request.urn),
                request.id,
                from_wire(request.old_inputs),
                from_wire(request.olds),
                from_wire(request.news),
                list(request.ignoreChanges),
            )
            return _diff_response(diff)

        return self._answer(context, operation)

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        def operation() -> provider_pb2.CreateResponse:
            type_, put_in = request.type or _type_of(request.urn), self._provider.faults
            if not request.preview:
                put_in.before(request.urn, type_)
            id_, outputs = self._provider.create(
                request.urn,
                type_,
                from_wire(request.properties),
                request.preview,
                request.timeout or self._provider.default_timeout,
            )
            if not request.preview:
                put_in.answered(request.urn, type_)
            return provider_pb2.CreateResponse(id=id_, properties=self._struct(request.properties, outputs))

        return self._answer(context, operation, request.properties)

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        def operation() -> provider_pb2.ReadResponse:
            found = self._provider.read(
                request.urn,
                request.type or _type_of(request.urn),
                request.id,
                from_wire(request.inputs),
                from_wire(request.properties),
            )
            if found is None:
                return provider_pb2.ReadResponse(id="")
            id_, inputs, outputs = found
            structs = [self._struct(request.inputs, values) for values in (inputs, outputs)]
            return provider_pb2.ReadResponse(id=id_, inputs=structs[0], properties=structs[1])

        return self._answer(context, operation, request.inputs)

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        def operation() -> provider_pb2.UpdateResponse:
            outputs = self._provider.update(
                request.urn,
                request.type or _type_of(request.urn),
                request.id,
                from_wire(request.old_inputs),
                from_wire(request.olds),
                from_wire(request.news),
                request.preview,
                request.timeout or self._provider.default_timeout,
            )
            return provider_pb2.UpdateResponse(properties=self._struct(request.news, outputs))

        return self._answer(context, operation, request.news)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        def operation() -> empty_pb2.Empty:
            self._provider.delete(
                request.urn,
                request.type or _type_of(request.urn),
                request.id,
                from_wire(request.old_inputs),
                from_wire(request.properties),
                request.timeout or self._provider.default_timeout,
            )
            return empty_pb2.Empty()

        return self._answer(context, operation)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        def operation() -> provider_pb2.InvokeResponse:
            answer = self._provider.invoke(request.tok, from_wire(request.args))
            response = provider_pb2.InvokeResponse()
            # The field's name is a Python keyword.
            getattr(response, "return").CopyFrom(to_wire(answer))
            return response

        return self._answer(context, operation)


def _type_of(urn: str) -> str:
    """The resource's own type, the last of the chain in its URN."""
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def _diff_response(diff: Diff) -> provider_pb2.DiffResponse:
    kinds = provider_pb2.PropertyDiff
    detailed = {name: kinds(kind=kinds.UPDATE, inputDiff=True) for name in diff.updates}
    detailed |= {name: kinds(kind=kinds.UPDATE_REPLACE, inputDiff=True) for name in diff.replaces}
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=[*diff.replaces, *diff.updates],
        replaces=list(diff.replaces),
        deleteBeforeReplace=diff.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def serve(provider: Provider) -> None:
    """Serve the provider on a free loopback port, which it prints as the engine expects, until the engine ends."""
    # The engine interrupts a plugin that it needs no more, and waits for seconds where that does not end it. A person's
    # Ctrl-C does not get here: the engine gives plugins a process group of their own.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    provider.faults = faults.Faults.of_environment()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=WORKERS), options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Thread(target=_end_with, args=(os.getppid(), server), daemon=True).start()
    server.wait_for_termination()


def _end_with(engine: int, server: grpc.Server) -> None:
    """Ends the plugin of an engine that was killed, after the calls that it is still serving: they are with AWS."""
    while os.getppid() == engine:
        time.sleep(ORPHANED_AFTER_SECONDS)
    server.stop(LAST_CALLS_SECONDS)
