"""Every attack of the corpus is refused under the production preset, in each place, by the policy that names it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.check.cli import main
from policies.kernel.configuration import preset, resolve
from policies.kernel.policy import MANDATORY, REMEDIATE
from policies.registry import POLICIES
from tests.adversary.attack import Attack
from tests.adversary.attacks import ATTACKS
from tests.support.policies.sdk_harness import LEVELS, outcome, policy_config, request, urn_of
from tests.support.policies.served import served
from tests.support.policies.stacks import export, resource, written

BY_ID: Final = {policy.id: policy for policy in POLICIES}
CONFIGURED: Final = resolve(preset("production"), POLICIES)
EACH: Final = [pytest.param(attack, id=attack.name) for attack in ATTACKS]
LEAST: Final = 80


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(attack.name for attack in ATTACKS).items() if count > 1] == []


def test_there_are_enough() -> None:
    assert len(ATTACKS) >= LEAST


@pytest.mark.parametrize("attack", EACH)
def test_the_policy_refuses_it(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DRY_RUN", "true")
    policy = BY_ID[attack.blocked_by]
    assert CONFIGURED[policy.id].level in (MANDATORY, REMEDIATE)
    settings = CONFIGURED[policy.id].settings
    judged = [(item,) for item in attack.items if item.type in policy.types] if policy.rule else [attack.items]
    assert any(outcome(policy, items, settings).violations for items in judged), attack.why


@pytest.fixture(scope="module", params=["preview", "update"])
def pack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The served pack under the production preset."""
    dry_run = "true" if request.param == "preview" else "false"
    with served(tmp_path_factory.mktemp("published"), PULUMI_DRY_RUN=dry_run) as analyzer:
        config = {name: policy_config(one.level.value, one.settings) for name, one in CONFIGURED.items()}
        analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config))
        yield analyzer


@pytest.mark.parametrize("attack", EACH)
def test_the_engine_is_told_to_stop(attack: Attack, pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    urns = {item.name: urn_of(item) for item in attack.items}
    sent = [request(item, analyzer_pb2.AnalyzerResource) for item in attack.items]
    for item, one in zip(attack.items, sent, strict=True):
        for key, names in item.depends_on.items():
            one.propertyDependencies[key].urns.extend(urns[name] for name in names)
    told = [
        *(pack.Analyze(request(item)) for item in attack.items),
        pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=sent)),
    ]
    found = {(one.policyName, one.enforcementLevel) for response in told for one in response.diagnostics}
    assert (attack.blocked_by, LEVELS["mandatory"]) in found, attack.why


@pytest.mark.parametrize("attack", EACH)
def test_check_finds_it_in_a_state(
    attack: Attack, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)
    urns = {item.name: urn_of(item) for item in attack.items}
    state = export(
        *(
            resource(
                item.type,
                item.name,
                item.props,
                urn=urns[item.name],
                custom=not item.component,
                outputs=item.props,
                propertyDependencies={key: [urns[name] for name in of] for key, of in item.depends_on.items()},
            )
            for item in attack.items
        )
    )
    code = main(["check", written(tmp_path, state), "--preset", "production", "--format", "json"])
    (stack,) = json.loads(capsys.readouterr().out)["stacks"]
    found = {one["policy"] for one in stack["findings"] if one["level"] == "mandatory"}
    assert (code, attack.blocked_by in found) == (1, True), attack.why
