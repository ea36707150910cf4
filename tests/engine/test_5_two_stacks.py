"""The whole program as users deploy it, a foundation and a platform, and a second environment beside them.

Each test begins where the one before it ended. Everything else of the program is tested in one stack of both layers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from components.foundation import OUTPUT
from sandbox.engine import layers
from sandbox.engine.identities import STACK
from sandbox.engine.stack import ROOT, EngineError, Stack
from tests.engine.conftest import Sandbox

ABOVE = f"organization/palisade/{layers.PLATFORM_STACK}"
SMALL = {
    "palisade:name": "small",
    "palisade:account": {"manage": False},
    "palisade:network": {"cidr": "10.48.0.0/16", "zones": ["a", "b"], "nat": "single", "endpoints": []},
    "palisade:vpn": {"clientCidr": "10.49.0.0/24"},
}
"""A second environment in the account and region of the first."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path_factory.mktemp("two") / "sandbox")
    try:
        yield made
    finally:
        made.run("down")


def stack(sandbox: Sandbox, name: str, **changes: object) -> Stack:
    config = layers.stack_configs(sandbox.state)[name] | {
        f"palisade:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in changes.items()
    }
    return sandbox.engine().stack(name, ROOT, config)


def entries(sandbox: Sandbox, cluster: str = "palisade") -> set[str]:
    found = sandbox.aws("eks").list_access_entries(clusterName=cluster)["accessEntries"]
    return {entry.rpartition("/")[2] for entry in found}


def test_up_deploys_both_layers_and_then_finds_nothing_to_do(sandbox: Sandbox) -> None:
    told = sandbox.must("up")
    assert told.index(f"the stack {STACK},") < told.index(f"the stack {layers.PLATFORM_STACK},")
    foundation, platform = (stack(sandbox, name) for name in (STACK, layers.PLATFORM_STACK))
    assert OUTPUT in foundation.outputs()
    types = {each["type"] for each in foundation.export()["resources"]}
    assert not [type_ for type_ in types if "kubernetes" in type_]
    assert "deisUrl" in platform.outputs()
    # Rules of the platform in the foundation's security groups are no drift of the foundation.
    assert json.loads(sandbox.must("preview").splitlines()[0]).keys() == {"same"}


def test_two_sandboxes_side_by_side_do_not_meet(sandbox: Sandbox, folder: Sandbox) -> None:
    folder.must("services", "--stacks", layers.ONE)
    ports = [{service.port for service in each.state.services().values()} - {0} for each in (sandbox, folder)]
    assert len(ports[1]) >= 3
    assert not ports[0] & ports[1]
    assert "palisade" in sandbox.aws("eks").list_clusters()["clusters"]
    for each in (sandbox, folder):
        # Writes the plugins.
        each.engine()
    plugins = [(each.folder / "bin" / "pulumi-resource-aws").read_text() for each in (sandbox, folder)]
    assert [str(each.folder) in text for each, text in zip((sandbox, folder), plugins, strict=True)] == [True, True]


def test_no_secret_of_the_foundation_is_in_the_platform_s_state(sandbox: Sandbox) -> None:
    secrets = stack(sandbox, STACK).secret_outputs()
    assert secrets.keys() >= {"vpnProfiles", "vpnEnrolments"}
    recorded = sandbox.must_pulumi_in(layers.PLATFORM_STACK, "stack", "export", "--show-secrets")
    private = [line for profile in secrets["vpnProfiles"].values() for line in profile.splitlines() if len(line) > 60]
    assert private
    assert not [line for line in private if line in recorded]


def test_without_the_api_a_person_is_taken_out_and_the_vpn_is_repaired(sandbox: Sandbox) -> None:
    people = [each for each in layers.sandbox_settings("foundation")["palisade:people"] if each["name"] != "lin"]
    assert "lin" in entries(sandbox)
    sandbox.state.services()["kube-apiserver"].stop()
    try:
        stack(sandbox, STACK, people=people, vpn={"instanceType": "t3.medium"}).up()
        stack(sandbox, STACK).refresh()
        with pytest.raises(EngineError, match="cannot be reached") as refused:
            stack(sandbox, layers.PLATFORM_STACK).preview()
        assert "Traceback" not in str(refused.value)
    finally:
        sandbox.must("services")
    assert "lin" not in entries(sandbox)
    versions = sandbox.aws("ec2").describe_launch_templates()["LaunchTemplates"]
    assert [each for each in versions if "vpn" in each["LaunchTemplateName"] and each["LatestVersionNumber"] > 1]


def test_a_second_environment_comes_up_beside_it(sandbox: Sandbox) -> None:
    settings = layers.sandbox_settings("foundation") | SMALL
    config = layers.as_config(sandbox.state, "foundation", settings)
    other = sandbox.engine().stack("small", ROOT, config)
    other.up()
    try:
        assert {*sandbox.aws("eks").list_clusters()["clusters"]} == {"palisade", "small"}
        assert entries(sandbox, "small") >= {"ada", "grace", "lin"}
        trails = sandbox.aws("cloudtrail").describe_trails()["trailList"]
        assert len(trails) == 1
        assert other.outputs()[OUTPUT]["name"] == "small"
    finally:
        # Nobody uses it: the guard lets it go.
        other.destroy(run_program=True)
        other.remove()
    assert sandbox.aws("eks").list_clusters()["clusters"] == ["palisade"]


def test_the_foundation_is_not_destroyed_under_the_platform(sandbox: Sandbox) -> None:
    with pytest.raises(EngineError, match=f"the platform {ABOVE} uses this foundation"):
        stack(sandbox, STACK).destroy(run_program=True)
    assert "palisade" in sandbox.aws("eks").list_clusters()["clusters"]


def test_down_destroys_the_platform_and_then_the_foundation(sandbox: Sandbox) -> None:
    told = sandbox.must("down")
    assert "could not be destroyed" not in told
    places = [told.index(f"deleted {what}") for what in ("Parameter palisade-platform-marker", "Cluster palisade")]
    assert places == sorted(places)
    assert not sandbox.folder.exists()
