"""The table of what changes cost: whole, as the document says it, and without anything lost."""

from __future__ import annotations

import json

import pytest

from components.settings.load import load
from sandbox.engine.layers import sandbox_settings
from tests.support.engine import change_scenarios as year
from tools import changes


def test_the_table_has_every_change_and_the_document_is_made_from_it() -> None:
    plans = changes.golden()
    assert list(plans) == [change.title for change in year.CHANGES], "run `make changes`"
    assert changes.DOCUMENT.read_text() == changes.document(plans), "run `make changes`"


@pytest.mark.parametrize("change", year.CHANGES, ids=lambda change: change.title)
def test_a_change_replaces_and_deletes_nothing_that_has_to_be_kept(change: year.Change) -> None:
    assert changes.broken(change, changes.golden()[change.title]) == []


@pytest.mark.parametrize("change", year.CHANGES, ids=lambda change: change.title)
def test_a_change_is_of_settings_that_are_allowed(change: year.Change) -> None:
    config = sandbox_settings("all")
    change.apply(config)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    load({**texts, **change.secrets()}, change.secrets().keys())


def test_a_lost_bucket_would_be_noticed() -> None:
    change = changes.BY_TITLE["The whitelist changes"]
    for how in ("replace", "delete"):
        assert changes.broken(change, {how: ["s3/bucket:Bucket archive"]}) == ["s3/bucket:Bucket archive"]


@pytest.mark.parametrize("change", [each for each in year.CHANGES if each.gives_up], ids=lambda change: change.title)
def test_no_change_is_let_give_up_more_than_it_does(change: year.Change) -> None:
    plan = changes.golden()[change.title]
    lost = {what.partition(" ")[0] for how in ("replace", "delete") for what in plan.get(how, ())}
    assert change.gives_up <= lost
