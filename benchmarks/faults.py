"""Every creation of the program fails once, and then the engine is killed at many points: `make faults`.

    python -m benchmarks.faults [--kinds throttling timeout ...] [--points 8]

Fails where anything is lost, made twice or left behind.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from sandbox.engine import layers
from sandbox.engine.identities import STACK
from sandbox.providers.faults import Plan
from tests.engine.conftest import Sandbox
from tests.support.engine import faulted_runs as faulted
from tests.support.engine import inventory as census
from tests.support.engine import retained
from tests.support.engine.killed_runs import kill_engine, recover


def nothing_extra(sandbox: Sandbox, where: str) -> None:
    """Fails where something exists that the state does not know, or the other way round."""
    resources = sandbox.resources()
    if unknown := census.uncounted(resources):
        raise SystemExit(f"nobody decided whether these are counted: {unknown}")
    extra, lost = census.unrecorded(sandbox, resources), census.missing(sandbox, resources)
    if extra or lost:
        raise SystemExit(f"{where}: made twice or orphaned {extra}, lost {lost}")


def faults(sandbox: Sandbox, kinds: tuple[str, ...]) -> None:
    """All creations of an `up` from nothing."""
    before = census.of_aws(sandbox), census.of_kubernetes(sandbox)
    sandbox.stack().up()
    clean = {type_: len(ids) for type_, ids in census.of_aws(sandbox).items()}, len(census.of_kubernetes(sandbox))
    sandbox.stack().destroy()
    retained.remove(sandbox)
    if (census.of_aws(sandbox), census.of_kubernetes(sandbox)) != before:
        raise SystemExit("a destroy left something behind")
    report = faulted.up_under_faults(sandbox.stack(), sandbox.state, Plan(kinds=kinds))
    print(report.table(), flush=True)
    nothing_extra(sandbox, "after the faults")
    now = {type_: len(ids) for type_, ids in census.of_aws(sandbox).items()}, len(census.of_kubernetes(sandbox))
    if now != clean or report.survived != len(report.failures):
        raise SystemExit(f"other than after a clean run: {clean} then, {now} now")


def interruptions(sandbox: Sandbox, points: int) -> None:
    """The engine is killed after so many resources of a destroy, and of an `up`, each time recovered as documented."""
    pulumi = str(sandbox.folder / "bin" / "pulumi")
    destroy = [pulumi, "destroy", "--yes", "--skip-preview", "--stack", STACK, "-C"]
    for title, command, words in (
        ("destroy", [*destroy, str(sandbox.folder / "projects" / "palisade")], "deleted"),
        ("up", sandbox.command("up"), "created"),
    ):
        step = len(sandbox.resources() if title == "destroy" else faulted.graph(sandbox.state)) // (points + 1)
        for point in range(points):
            kill_engine(sandbox, command, words, step)
            imported, dropped = recover(sandbox)
            nothing_extra(sandbox, f"{title}, killed for the {point + 1}. time")
            print(f"{title} killed: {imported} imported, {dropped} had not happened", flush=True)
        if title == "destroy":
            sandbox.stack().destroy()
            retained.remove(sandbox)
        else:
            sandbox.must("up")
        nothing_extra(sandbox, title)


def main() -> None:
    """Both, in a sandbox of their own."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--kinds",
        nargs="+",
        choices=faulted.KINDS,
        default=faulted.KINDS,
        help="ways to fail, given out among the creations; one alone: every creation fails in it (default: all)",
    )
    asked.add_argument("--points", type=int, default=8, help="how often each of `up` and `destroy` is killed")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder) / "sandbox")
        try:
            # One stack: what fails, or is killed, may be of either layer.
            sandbox.must("services", "--stacks", layers.ONE)
            faults(sandbox, tuple(options.kinds))
            interruptions(sandbox, options.points)
        finally:
            sandbox.run("down")


if __name__ == "__main__":
    main()
