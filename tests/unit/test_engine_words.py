"""What the sandbox says where the engine refuses: the reasons, each once, without what was made before them."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from pulumi.automation import CommandError, CommandResult

from sandbox.engine import stack as engine
from sandbox.engine.stack import EngineError

OUTPUT = """
 +  aws:ec2:Vpc net creating
Diagnostics:
  pulumi:pulumi:Stack (palisade-sandbox):
    warning: using pulumi-resource-aws from $PATH
    error: 2 settings are not valid; nothing was registered:
      - palisade:layer: is missing
      - palisade:owner: is missing

  aws:ec2:Vpc (net):
    error: ec2.create_vpc: VpcLimitExceeded

Resources:
    + 1 created
"""


def test_the_reasons_are_told_without_what_was_made_before_them() -> None:
    told = str(EngineError(OUTPUT))
    assert "palisade:layer: is missing" in told
    assert "VpcLimitExceeded" in told
    assert "creating" not in told
    assert "$PATH" not in told


def test_a_second_ctrl_c_is_told_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    running = mock.Mock(**{"result.side_effect": [KeyboardInterrupt, KeyboardInterrupt, "done"]})
    assert engine._patiently(running) == "done"
    first, second = capsys.readouterr().err.splitlines()
    assert "recorded" in first
    assert "docs/recovery.md" in second


@pytest.mark.parametrize("step", ["unlock", "remove"])
def test_a_state_that_cannot_be_read_is_an_error_in_the_engine_s_words(tmp_path: Path, step: str) -> None:
    """`down` then goes on without it."""
    refused = CommandError(CommandResult(stdout="", stderr="error: failed to load checkpoint: EOF", code=255))
    stack = mock.Mock(**{"cancel.side_effect": refused, "workspace.remove_stack.side_effect": refused})
    with pytest.raises(EngineError, match="failed to load checkpoint: EOF"):
        getattr(engine.Stack(stack, None, None, tmp_path / "log", None), step)()
