"""What docs/deis.md names is what there is: images, alarms, Secrets, settings and exceptions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic.alias_generators import to_camel

from components.deis import builder
from components.deis.bootstrap import LOGS_COMMAND
from components.deis.images import TAGS
from components.settings import DeisSettings
from policies.guidelines.deis import NAMESPACE, PLATFORM_CERTIFICATE_NAME
from tests.support.program.deis_of import of_deis

TEXT = (Path(__file__).parents[2] / "docs" / "deis.md").read_text()


def test_the_images_are_those_of_the_release() -> None:
    (listed,) = re.findall(r"for image in (.+); do", TEXT)
    assert dict(one.split(":") for one in listed.split()) == dict(TAGS)


def test_the_alarms_are_all_there_are() -> None:
    graph = of_deis(topic_arn="arn:topic", cluster_name="pal", application_log_group_name="/aws/pods")
    made = {name.removesuffix("-alarm") for name in graph.by_name("cloudwatch/metricAlarm:MetricAlarm")}
    ours = {name.removeprefix("deis-") for name in made if name.startswith("deis-")}
    table = TEXT[TEXT.index("| alarm |") :]
    named = {
        name
        for line in table.splitlines()[2:]
        if line.startswith("|")
        for name in re.findall(r"`([a-z-]+)`", line.split("|")[1])
    }
    assert named == ours


def test_the_external_certificate_is_what_the_router_reads() -> None:
    start = TEXT.index("      apiVersion: cert-manager.io")
    made = yaml.safe_load(TEXT[start : TEXT.index("\n\n", start)])
    assert made["metadata"]["namespace"] == NAMESPACE
    assert made["spec"]["secretName"] == PLATFORM_CERTIFICATE_NAME


@pytest.mark.parametrize("setting", sorted(set(re.findall(r"(?:palisade:)?(?<![\w.])deis\.([a-zA-Z]+)", TEXT))))
def test_the_settings_exist(setting: str) -> None:
    assert setting in {to_camel(name) for name in DeisSettings.model_fields} | {"md"}


def test_the_commands_and_exceptions_are_the_codes_own() -> None:
    assert LOGS_COMMAND in TEXT
    for capability in builder.CAPABILITIES:
        assert f"`{capability}`" in TEXT
