"""How long the program itself takes, from its imports to its last registration, and how much memory: `make bench`.

The stand-ins run in process instead of the engine (sandbox.providers.mocks), as a preview of an empty stack: inputs are
checked, and nothing is created.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

RUNS = 3
MOST_SECONDS_PER_RESOURCE, MOST_MEGABYTES = 0.012, 450


def measure() -> None:
    """Runs the program in this very process, and prints what it took as JSON."""
    started = time.perf_counter()
    from pathlib import Path  # noqa: PLC0415 - the imports are what is measured

    from sandbox.engine.state import State  # noqa: PLC0415
    from tests.support.engine import faulted_runs as faulted  # noqa: PLC0415

    imported = time.perf_counter()
    times, count = [], 0
    for _ in range(RUNS):
        before = time.perf_counter()
        count = len(faulted.graph(State(Path("/nowhere"))))
        times.append(time.perf_counter() - before)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"imports": imported - started, "first": times[0], "again": min(times[1:]), "resources": count}
    print(json.dumps({**result, "MB": megabytes}))


def main() -> int:
    """Measures in a fresh process; 1 where an aim is missed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.program", "--measure"], capture_output=True, check=True
    )
    result = json.loads(done.stdout.splitlines()[-1])
    each = result["again"] / result["resources"]
    print(f"imports {result['imports']:.1f} s; the first run {result['first']:.1f} s, another {result['again']:.1f} s")
    print(
        f"{result['resources']} registrations, {1000 * each:.1f} ms each (aim: {1000 * MOST_SECONDS_PER_RESOURCE:.0f});"
    )
    print(f"{result['MB']:.0f} MB with the emulated AWS (aim: {MOST_MEGABYTES})")
    return int(each > MOST_SECONDS_PER_RESOURCE or result["MB"] > MOST_MEGABYTES)


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure()
    else:
        raise SystemExit(main())
