"""How the sandbox runs programs: each time in a process of its own, its error told once."""

from __future__ import annotations

import os
from functools import partial

import pulumi
import pytest

from sandbox.engine.stack import Engine, EngineError
from tests.engine.conftest import Sandbox

WORDS = "this setting is wrong"


def telling(fails: bool) -> None:
    """Tells its process, or fails."""
    if fails:
        raise pulumi.RunError(WORDS)
    pulumi.export("process", os.getpid())


@pytest.fixture
def engine(sandbox: Sandbox) -> Engine:
    return sandbox.engine()


def test_every_run_has_a_process_of_its_own(engine: Engine) -> None:
    stack = engine.stack("telling", partial(telling, False), project="telling", pack=None)
    processes = {os.getpid()}
    for _ in range(2):
        stack.up()
        processes.add(int(stack.outputs()["process"]))
    assert len(processes) == 3


def test_a_program_s_error_is_told_once(engine: Engine) -> None:
    stack = engine.stack("telling", partial(telling, True), project="telling", pack=None)
    with pytest.raises(EngineError) as failed:
        stack.up()
    assert str(failed.value).count(WORDS) == 1
    assert "Traceback" not in str(failed.value)
