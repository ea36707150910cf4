"""Bring a stack up while creations fail, each once, and report the attempts and the surviving resources."""

from __future__ import annotations

import os
import runpy
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unittest import mock

from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import AWS_CREDENTIALS, REGION, STACK
from sandbox.engine.layers import stack_configs
from sandbox.engine.stack import ROOT, EngineError, Stack
from sandbox.engine.state import State
from sandbox.providers.faults import AFTER, BEFORE, Plan, failed
from sandbox.providers.mocks import Registered, StandIns, run_program

KINDS = (*BEFORE, *AFTER)
MOST_ROUNDS = 60


def graph(state: State) -> Sequence[Registered]:
    """Every resource of the sandbox's one stack with its dependencies, in a possible order of creation."""
    # Offline: the kubernetes stand-in creates nothing.
    config = {**stack_configs(state)[STACK], "palisade:kubeconfig": "{}"}
    with mock.patch.dict(os.environ, {**AWS_CREDENTIALS, "AWS_REGION": REGION}), emulated_aws():
        os.environ.pop("AWS_ENDPOINT_URL", None)
        run = run_program(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
            StandIns(REGION),
            config=config,
            preview=True,
            stack_name="sandbox",
        )
    return run.resources


def layers(resources: Sequence[Registered]) -> Mapping[int, list[str]]:
    """Depth -> URNs of the real resources there: few of a layer depend on each other, so one `up` can fail most."""
    depth: dict[str, int] = {}
    found = defaultdict(list)
    for each in resources:
        depth[each.urn] = max(depth.get(urn, 0) for urn in each.waits_for)
        if each.request.custom and not each.type.startswith("pulumi:"):
            depth[each.urn] += 1
            found[depth[each.urn]].append(each.urn)
    return found


@dataclass(frozen=True)
class Report:
    """The result."""

    rounds: int
    """Runs of `up` until one went through."""
    tried: Mapping[tuple[str, str], int]
    """(Package, kind of fault) -> creations that failed."""
    stood: frozenset[str]
    """URNs that the state holds in the end."""
    failures: Sequence[Mapping[str, str]]

    @property
    def survived(self) -> int:
        """Resources whose creation failed, and which exist."""
        return sum(failure["urn"] in self.stood for failure in self.failures)

    def table(self) -> str:
        """The result as text."""
        lines = [f"{package:<12} {kind:<14} {count:>4}" for (package, kind), count in sorted(self.tried.items())]
        total = f"{len(self.failures)} creations failed, {self.survived} survived, in {self.rounds} runs of `up`"
        return "\n".join([*lines, total])


def up_under_faults(stack: Stack, state: State, plan: Plan) -> Report:
    """Run `up` until it succeeds, with each creation of the plan failing once.

    Raises:
        EngineError: a run failed without an injected fault.
    """
    plan.write(state.faults)
    before = {each["urn"] for each in failed(state.faults)}
    seen, rounds = len(before), 0
    try:
        while True:
            rounds += 1
            try:
                stack.up(continue_on_error=True)
                break
            except EngineError:
                now = len(failed(state.faults))
                if now == seen or rounds == MOST_ROUNDS:
                    raise
                seen = now
    finally:
        Plan().write(state.faults)
    failures = [each for each in failed(state.faults) if each["urn"] not in before]
    resources = stack.export().get("resources") or []
    return Report(
        rounds=rounds,
        tried=Counter((each["type"].partition(":")[0], each["kind"]) for each in failures),
        stood=frozenset(each["urn"] for each in resources if not each.get("initErrors")),
        failures=failures,
    )
