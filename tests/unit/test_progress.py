"""What a person sees while the engine works: components on a terminal, resources elsewhere, warnings once."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent
from rich.console import Console

from sandbox.cli import link_table
from sandbox.progress import OTHERS, Progress, component_of, times

VPC = "urn:pulumi:sandbox::palisade::palisade:network:Network$aws:ec2/vpc:Vpc::palisade-net-vpc"
USER = "urn:pulumi:sandbox::palisade::palisade:bastion:VpnBastion$palisade:keys:EncryptionKey$aws:kms/key:Key::vpn-key"
ESCAPE = "\x1b"


def event(**parts: Any) -> EngineEvent:
    return EngineEvent(sequence=0, timestamp=0, **parts)


def change(urn: str, operation: str = "create") -> SimpleNamespace:
    kind = urn.split("::")[2].rpartition("$")[2]
    return SimpleNamespace(metadata=SimpleNamespace(urn=urn, op=operation, type=kind))


def advice(message: str, urn: str | None = VPC) -> EngineEvent:
    return event(
        policy_event=SimpleNamespace(
            enforcement_level="advisory", policy_name="no-default", message=message, resource_urn=urn
        )
    )


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(*events: EngineEvent, terminal: bool) -> tuple[Progress, str]:
    """What a run of the engine leaves on the screen, or in a log."""
    file = io.StringIO()
    progress = Progress(Console(file=file, force_terminal=terminal, width=100, highlight=False))
    for each in (*events, event(cancel_event=SimpleNamespace())):
        progress(each)
    return progress, file.getvalue()


MADE = (
    event(resource_pre_event=change(VPC)),
    event(resource_pre_event=change(USER)),
    event(res_outputs_event=change(VPC)),
)


def test_a_log_has_a_plain_line_for_each_resource() -> None:
    progress, text = shown(*MADE, terminal=False)
    assert "created Vpc palisade-net-vpc" in text
    assert ESCAPE not in text
    assert progress.changes == {"create": 1}


def test_a_terminal_has_a_line_for_each_component() -> None:
    _, text = shown(*MADE, terminal=True)
    assert "palisade-net-vpc" not in text
    assert "network" in text
    assert "1 of 1" in text
    assert "vpn bastion" in text
    assert "0 of 1" in text
    assert ESCAPE in text


def test_verbose_shows_each_resource_on_a_terminal_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "verbose", True)
    _, text = shown(*MADE, terminal=True)
    assert "palisade-net-vpc" in text


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(Progress, "verbose", True)
    _, text = shown(*MADE, advice("use another"), terminal=True)
    assert f"{ESCAPE}[33m" not in text
    monkeypatch.delenv("NO_COLOR")
    _, text = shown(*MADE, advice("use another"), terminal=True)
    assert f"{ESCAPE}[33m" in text, "and without it there is colour"


def test_a_warning_is_shown_once_with_the_name_of_its_resource() -> None:
    other = advice("use another", VPC.replace("palisade-net-vpc", "second"))
    _, text = shown(advice("use another\nmore"), advice("use another\nmore"), other, terminal=False)
    assert text.splitlines() == [
        "  no-default palisade-net-vpc: use another",
        "  no-default second: use another",
    ]


def test_a_long_line_stays_whole_in_a_log() -> None:
    _, text = shown(advice("word " * 60), terminal=False)
    assert len(text.splitlines()) == 1


def test_text_in_brackets_is_not_taken_for_a_style() -> None:
    _, text = shown(advice("found spec.containers[0] <{%reset%}>and [red]"), terminal=False)
    assert "found spec.containers[0] and [red]" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_what_fails_is_named_at_once(terminal: bool) -> None:
    progress, text = shown(*MADE, event(res_op_failed_event=change(USER)), terminal=terminal)
    assert "Key vpn-key" in text
    assert progress.components["vpn bastion"].failed == 1
    assert progress.components["vpn bastion"].seconds == 0


def test_unchanged_resources_are_not_shown() -> None:
    progress, text = shown(event(res_outputs_event=change(VPC, "same")), terminal=False)
    assert (text, progress.components) == ("", {})


def test_a_resource_belongs_to_the_outermost_component() -> None:
    assert component_of(USER) == "vpn bastion"
    assert component_of("urn:pulumi:sandbox::palisade::pulumi:providers:kubernetes::provider") == OTHERS


def test_the_end_says_what_changed_in_each_component() -> None:
    progress, _ = shown(*MADE, terminal=False)
    file = io.StringIO()
    Console(file=file, width=100).print(times(progress.components))
    (line,) = [line for line in file.getvalue().splitlines() if "network" in line]
    assert "1 created" in line


def test_an_address_is_not_cut_off() -> None:
    address = "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/palisade"
    file = io.StringIO()
    Console(file=file, width=60).print(link_table([["dashboard", address, ""]]))
    cells = [line.split("│")[2].strip() for line in file.getvalue().splitlines() if line.startswith("│")]
    assert "".join(cells) == address
