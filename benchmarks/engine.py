"""Preview and `up` on the real engine, and `up` with AWS-like delays against what cannot be had faster.

    python -m benchmarks.engine [--scale 0.25] [--parallel 32]

The plugins sleep for every second of durations.py, multiplied by the scale. Three ratios to the unavoidable chain are
printed, of which the first two hold on any machine: the program's longest chain, `up` with that many operations at once
and an engine that takes no time, and what was measured.
"""

from __future__ import annotations

import argparse
import heapq
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.durations import MOMENT, TYPICAL, UNAVOIDABLE, seconds, unavoidable
from sandbox.engine import layers
from sandbox.engine.stack import Stack
from sandbox.providers.faults import Plan
from sandbox.providers.mocks import Registered
from tests.engine.conftest import Sandbox
from tests.support.engine import faulted_runs as faulted
from tests.support.engine import retained

AIM = 1.10


def chain(resources: Sequence[Registered]) -> tuple[float, list[Registered]]:
    """The program's longest chain of things that wait for each other: seconds, and the chain."""
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    known = {each.urn: each for each in resources}
    for each in resources:
        slowest = max((urn for urn in each.waits_for if urn in ends), key=ends.__getitem__, default=None)
        ends[each.urn] = (ends[slowest] if slowest else 0.0) + seconds(each.type)
        before[each.urn] = slowest
    urn: str | None = max(ends, key=ends.__getitem__)
    last, links = ends[str(urn)], []
    while urn is not None:
        links.append(known[urn])
        urn = before[urn]
    return last, links[::-1]


def makespan(resources: Sequence[Registered], parallel: int) -> float:
    """How long all of it takes with so many operations at once, the engine's own time left out.

    Of those that are ready at once the first by URN begins, so that the answer does not depend on the order in which
    this machine happened to register them.
    """
    resources = sorted(resources, key=lambda each: each.urn)
    known = {each.urn: each for each in resources}
    waiting = {each.urn: set(each.waits_for) & known.keys() for each in resources}
    ready = [each.urn for each in resources if not waiting[each.urn]]
    running: list[tuple[float, str]] = []
    now, done = 0.0, set[str]()
    while ready or running:
        while ready and len(running) < parallel:
            urn = ready.pop(0)
            heapq.heappush(running, (now + seconds(known[urn].type), urn))
        now, urn = heapq.heappop(running)
        done.add(urn)
        for each, needs in waiting.items():
            if urn in needs:
                needs.discard(urn)
                if not needs and each not in done:
                    ready.append(each)
    return now


def timed(operation: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.monotonic()
    operation()
    return time.monotonic() - started


def main() -> int:
    """Measures; 1 where the aim is missed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--scale", type=float, default=0.25, help="seconds of the sandbox for one of AWS (default: 0.25)"
    )
    asked.add_argument("--parallel", type=int, default=32, help="operations at once (default: 32)")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder) / "sandbox")
        try:
            sandbox.must("services", "--stacks", layers.ONE)
            return measure(sandbox, sandbox.stack(), options.scale, options.parallel)
        finally:
            sandbox.run("down")


def measure(sandbox: Sandbox, stack: Stack, scale: float, parallel: int) -> int:
    """Everything in one run, on an empty stack."""
    resources = faulted.graph(sandbox.state)
    count, least = len(resources), unavoidable()
    longest, links = chain(resources)
    ideal = makespan(resources, parallel)
    print(f"unavoidable: {least:.0f} s, {' > '.join(each.rpartition(':')[2] for each in UNAVOIDABLE)}")
    print(f"the program: {longest:.0f} s, {' > '.join(each.name for each in links if seconds(each.type) > MOMENT)}")
    print(f"longest chain / unavoidable: {longest / least:.2f} (aim: {AIM})")
    print(f"{parallel} at once, an engine that takes no time / unavoidable: {ideal / least:.2f} (aim: {AIM})")
    preview = timed(stack.preview)
    print(f"preview: {preview:.1f} s, {1000 * preview / count:.0f} ms a resource", flush=True)
    kinds = {each.type for each in resources if each.request.custom}
    Plan(seconds={kind: seconds(kind) for kind in kinds}, scale=scale).write(sandbox.state.faults)
    delayed = timed(lambda: stack.up(parallel=parallel))
    Plan().write(sandbox.state.faults)
    print(
        f"up with delays (scale {scale}): {delayed:.1f} s / {scale * least:.0f} s = {delayed / (scale * least):.2f}",
        flush=True,
    )
    again = timed(stack.up)
    print(f"up with nothing to do: {again:.1f} s, {1000 * again / count:.0f} ms a resource")
    stack.destroy()
    retained.remove(sandbox)
    plain = timed(lambda: stack.up(parallel=parallel))
    print(f"up without delays: {plain:.1f} s, {1000 * plain / count:.0f} ms a resource")
    print(f"slept for {sum(seconds(each.type) for each in resources):.0f} s in all, {len(TYPICAL)} types of note")
    return int(max(longest, ideal) / least > AIM)


if __name__ == "__main__":
    raise SystemExit(main())
