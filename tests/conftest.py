"""Fixtures of all tests: an emulated AWS in this process, and programs run on the stand-in providers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from sandbox.providers.mocks import Program, Run, StandIns, run_program

REGION = "eu-central-1"
# How fast the machine is decides no test: by default hypothesis fails an example that takes 200 ms.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


class Deploy(Protocol):
    """Runs a program, or a function that makes a component, and gives back what it registered."""

    def __call__(
        self,
        program: Program,
        *,
        config: Mapping[str, str] | None = None,
        secret_keys: Sequence[str] = (),
        preview: bool = False,
    ) -> Run: ...


@pytest.fixture
def aws_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS in this process: what boto3 clients made from here on talk to. Nothing leaves the process."""
    # Two seconds of imports, which the tests of pure functions need not wait for.
    from sandbox.emulator.inprocess import emulated_aws  # noqa: PLC0415

    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with emulated_aws():
        yield


@pytest.fixture
def stand_ins(aws_emulator: None) -> StandIns:
    """The stand-in providers, on the emulated AWS and without a Kubernetes API."""
    return StandIns(REGION)


@pytest.fixture
def deploy(stand_ins: StandIns) -> Deploy:
    """Runs programs against one emulated AWS, which is empty at the start of the test."""
    return functools.partial(run_program, providers=stand_ins)
