"""What the pack costs: `python -m benchmarks.policies`, through the interface that the engine uses.

A pack is started as the engine starts it, and asked over gRPC what the engine asks: Remediate and Analyze for each
resource, then AnalyzeStack for all of them. The processor time is the pack's own, without that of the one who asks. The
SDK's own way of serving is measured in the same run on a shorter stream, because it takes so long; its cost per
resource does not depend on the stream's length.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import psutil
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from benchmarks.stream import Sent, stream
from policies.registry import POLICIES

ROOT: Final = Path(__file__).parents[1]
SIZES: Final = (1_000, 5_000, 20_000)
BY_SDK: Final = 300
"""Resources that the SDK's own way is measured with."""
OURS: Final = (str(ROOT / "policies"),)
SDKS: Final = (
    "-c",
    "from policies import registry\nfrom policies.kernel import server\n"
    "server.serve(registry.PACK, registry.POLICIES, by_sdk=True)",
)
LARGEST_MESSAGE: Final = 400 * 2**20
STACK_LEAST: Final = 20_000
"""As many resources as the stack policies are asked about at least, in one call or more."""
DEAREST_ASKED: Final = 200
AIM_START_SECONDS: Final = 1.5
AIM_SHARE: Final = 0.2
"""Of what the SDK's own way costs for a resource."""
AIM_MILLISECONDS: Final = 1.1
AIM_STACK_SECONDS: Final = 1.0
AIM_MEGABYTES: Final = 300
AIMS_AT: Final = 5_000
"""The stream's length that the last two are about."""
AIM_GROWTH: Final = 1.3
"""How much dearer a resource of the longest stream may be than one of the shortest, before growth counts as more than
linear; a machine with other things to do varies by some of that."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A pack that serves."""

    stub: analyzer_pb2_grpc.AnalyzerStub
    process: psutil.Process

    def processor_seconds(self) -> float:
        """The processor time that it has used."""
        times = self.process.cpu_times()
        return times.user + times.system

    def peak_megabytes(self) -> float:
        """The most memory that it has held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024


@contextlib.contextmanager
def serving(arguments: Sequence[str]) -> Iterator[Pack]:
    """A pack that runs as in an update, until the block ends."""
    environment = {**os.environ, "PULUMI_DRY_RUN": "false"}
    command = [sys.executable, "-u", *arguments, "127.0.0.1:1"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        options = [
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ]
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}", options=options) as channel:
            yield Pack(stub=analyzer_pb2_grpc.AnalyzerStub(channel), process=psutil.Process(process.pid))
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one stream cost."""

    resources: int
    analyze: float
    """Processor milliseconds a resource."""
    waited: float
    """Milliseconds that the one who asks has waited for a resource, with the way through gRPC."""
    remediate: float
    """Processor milliseconds a resource."""
    stack: float
    """Processor seconds for all stack policies together."""
    megabytes: float
    """Peak memory of the pack's process."""
    told: int
    """Diagnostics."""

    @property
    def stack_each(self) -> float:
        """Seconds for the stack policies, by resource."""
        return self.stack / self.resources

    def row(self, way: str) -> str:
        """A line of the table."""
        return (
            f"{way:<10} {self.resources:>9,} {self.analyze:>8.2f} {self.waited:>8.2f} {self.remediate:>9.2f} "
            f"{self.stack:>8.3f} {self.megabytes:>6.0f} {self.told:>7,}"
        )


HEAD: Final = (
    f"{'way':<10} {'resources':>9} {'ms each':>8} {'waited':>8} {'repair ms':>9} {'stack s':>8} {'MB':>6} {'told':>7}"
)


def measured(arguments: Sequence[str], sent: Sequence[Sent]) -> Measured:
    """Asks a pack about a stream."""
    singles = [_single(one) for one in sent]
    whole = stack_request(sent)
    count = len(sent)
    with serving(arguments) as pack:
        pack.stub.Analyze(singles[0])
        remediate, _ = _timed(pack, lambda: [pack.stub.Remediate(single) for single in singles])
        answers: list[Any] = []
        analyze, waited = _timed(pack, lambda: answers.extend(pack.stub.Analyze(single) for single in singles))
        answers.append(pack.stub.AnalyzeStack(whole))
        # Processor time is counted in hundredths of a second, which one call may not need.
        tries = [_timed(pack, lambda: pack.stub.AnalyzeStack(whole))[0] for _ in range(max(3, STACK_LEAST // count))]
        return Measured(
            resources=count,
            analyze=analyze / count * 1000,
            waited=waited / count * 1000,
            remediate=remediate / count * 1000,
            stack=sum(tries) / len(tries),
            megabytes=pack.peak_megabytes(),
            told=sum(len(answer.diagnostics) for answer in answers),
        )


def dearest(sent: Sequence[Sent]) -> tuple[str, int, float]:
    """The type that most policies are about, their number, and processor milliseconds for a resource of it."""
    wanting = {one.type: sum(1 for policy in POLICIES if policy.rule and policy.wants(one.type)) for one in sent}
    most = max(wanting, key=lambda type_: wanting[type_])
    singles = [_single(one) for one in sent if one.type == most][:DEAREST_ASKED]
    with serving(OURS) as pack:
        pack.stub.Analyze(singles[0])
        spent, _ = _timed(pack, lambda: [pack.stub.Analyze(single) for single in singles])
    return most, wanting[most], spent / len(singles) * 1000


def start_seconds() -> float:
    """Processor time until the pack answers."""
    with serving(OURS) as pack:
        return pack.processor_seconds()


def _timed(pack: Pack, ask: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds of the pack, and seconds that passed."""
    processor, began = pack.processor_seconds(), time.perf_counter()
    ask()
    return pack.processor_seconds() - processor, time.perf_counter() - began


def _single(one: Sent) -> analyzer_pb2.AnalyzeRequest:
    # The engine names one; the stream has no components.
    provider = analyzer_pb2.AnalyzerProviderResource(type=f"pulumi:providers:{one.type.partition(':')[0]}", name="it")
    return analyzer_pb2.AnalyzeRequest(
        type=one.type, urn=one.urn, name=one.name, properties=_struct(one.inputs), provider=provider
    )


def stack_request(sent: Sequence[Sent]) -> analyzer_pb2.AnalyzeStackRequest:
    """What the engine asks about a whole stack."""
    return analyzer_pb2.AnalyzeStackRequest(resources=[_of_stack(one) for one in sent])


def _of_stack(one: Sent) -> analyzer_pb2.AnalyzerResource:
    depends_on = {
        key: analyzer_pb2.AnalyzerPropertyDependencies(urns=list(urns)) for key, urns in one.depends_on.items()
    }
    return analyzer_pb2.AnalyzerResource(
        type=one.type, urn=one.urn, name=one.name, properties=_struct(one.outputs), propertyDependencies=depends_on
    )


def _struct(props: Any) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(props))
    return struct


def main() -> int:
    """Measures and tells; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policies", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="lengths of the streams")
    given = parser.parse_args()
    print(f"{len(POLICIES)} policies; processor time of the pack, but for `waited`, which is the caller's clock")
    print(HEAD)
    theirs = measured(SDKS, stream(BY_SDK))
    print(theirs.row("SDK's own"), flush=True)
    same = measured(OURS, stream(BY_SDK))
    print(same.row("pack"), flush=True)
    assert theirs.told == same.told, "the two ways do not say the same"
    ours: list[Measured] = []
    for size in given.sizes:
        ours.append(measured(OURS, stream(size)))
        print(ours[-1].row("pack"), flush=True)
    type_, policies, each = dearest(stream(max(given.sizes)))
    print(f"dearest: {type_}, which {policies} policies are about, {each:.2f} ms")
    print(
        f"the SDK's own way costs {theirs.analyze / same.analyze:.0f} times as much for a resource, "
        f"and {theirs.stack / same.stack:.0f} times as much for a stack"
    )
    aimed = next((figures for figures in ours if figures.resources == AIMS_AT), ours[-1])
    missed = 0
    for what, value, aim in (
        ("s to start", start_seconds(), AIM_START_SECONDS),
        ("of the SDK's own way, for a resource", same.analyze / theirs.analyze, AIM_SHARE),
        ("ms a resource", aimed.analyze, AIM_MILLISECONDS),
        (f"s for the stack policies over {aimed.resources:,} resources", aimed.stack, AIM_STACK_SECONDS),
        (f"MB with {aimed.resources:,} resources", aimed.megabytes, AIM_MEGABYTES),
        ("growth of the time for a resource", ours[-1].analyze / ours[0].analyze, AIM_GROWTH),
        ("growth of the stack policies' time, by resource", ours[-1].stack_each / ours[0].stack_each, AIM_GROWTH),
    ):
        missed += value > aim
        print(f"{'missed' if value > aim else 'met':<7} {value:8.2f} {what} (aim: {aim:g})")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
