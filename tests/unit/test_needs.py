"""Needs as data: each is one that AWS knows, has its source, and is evaluated in some configuration."""

from __future__ import annotations

import pytest

from tests.needs import least
from tests.needs.matrix import MATRIX, run_of, world
from tests.needs.model import subjects, wrong
from tests.needs.runner import runner
from tools.permissions import DOCUMENT, page


def test_every_need_is_one_of_some_configuration() -> None:
    """A need that no configuration has would be checked by nobody."""
    worlds = [world(name) for name in MATRIX]
    idle = [
        f"{actor.name}: {need.why}"
        for subject in subjects().values()
        for actor in subject.actors
        for need in (*actor.calls, *actor.connections)
        if not any(actor.holds(each.facts) and need.holds(each.facts) for each in worlds)
    ]
    assert idle == []


@pytest.mark.parametrize("subject", subjects())
def test_aws_s_reference_knows_the_actions_resources_and_condition_keys(subject: str) -> None:
    faults = {
        f"{actor.name}: {call.why}": found
        for name in MATRIX
        for actor in subjects()[subject].actors
        for call in actor.calls
        if actor.holds(world(name).facts) and call.holds(world(name).facts)
        if (found := wrong(call, world(name).account.fill))
    }
    assert faults == {}


@pytest.mark.parametrize("subject", subjects())
def test_every_need_has_a_source_and_every_source_a_need(subject: str) -> None:
    of = subjects()[subject]
    used = {need.source for actor in of.actors for need in (*actor.calls, *actor.connections)}
    assert used == of.sources.keys()
    for name, source in of.sources.items():
        assert bool(source.url) is not bool(source.repository and source.path), name


def test_what_up_and_destroy_call_is_written_for_every_resource_type() -> None:
    registered = {
        one.type.removeprefix("aws:")
        for name in MATRIX
        for one in run_of(name).resources
        if one.type.startswith("aws:")
    }
    assert registered == runner().types.keys()


def test_aws_s_reference_knows_what_up_and_destroy_call() -> None:
    called = {action for actions in runner().types.values() for action in actions}
    called |= {action for step in runner().steps for action in step.actions}
    assert {action for action in called if not least.actions_of(action)} == set()


def test_the_document_is_of_these_needs() -> None:
    assert DOCUMENT.read_text() == page(), "run make docs"
