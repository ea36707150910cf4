"""What the standing stack plans for changes, and what happens while its Kubernetes API is out of reach."""

from __future__ import annotations

import pytest

from sandbox.engine.identities import STACK
from sandbox.engine.stack import ROOT, EngineError
from sandbox.providers.kubernetes.configuration import DELETE_UNREACHABLE, UPSERT, VARIABLES
from tests.engine.conftest import Sandbox
from tests.support.engine import change_scenarios as year
from tests.support.engine import inventory as census
from tools import changes

ASKED = (
    "Nothing, told in another order",
    "A person leaves",
    "The NAT gateways become one regional",
    "Deis's keys and passwords are rotated",
)
"""Changes that are asked about here; `make changes` asks about all."""
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
pytestmark = pytest.mark.usefixtures("standing")


@pytest.mark.parametrize("title", ASKED)
def test_a_change_is_planned_as_the_table_says(sandbox: Sandbox, title: str) -> None:
    plan = changes.plan(sandbox.engine(), sandbox.state, changes.BY_TITLE[title])
    assert plan == changes.golden()[title], "run `make changes`, and look at what it costs"


def test_what_is_protected_is_not_deleted_when_deis_is_turned_off(sandbox: Sandbox) -> None:
    (database,) = [each["urn"] for each in sandbox.resources() if each["type"] == "aws:rds/instance:Instance"]
    # What `protectData` writes into the state; the sandbox's stack lifts it.
    sandbox.must_pulumi("state", "protect", database, "--yes")
    try:
        with pytest.raises(
            EngineError, match=r'palisade-deis-database-instance" cannot be deleted\s+because it is protected'
        ):
            changes.plan(sandbox.engine(), sandbox.state, changes.BY_TITLE["Deis is turned off"])
    finally:
        sandbox.must_pulumi("state", "unprotect", database, "--yes")


def test_a_version_that_is_not_the_next_is_refused_with_the_way_there(sandbox: Sandbox) -> None:
    back = year.Change("a version back", lambda config: config.update({"palisade:cluster": {"version": "1.34"}}))
    with pytest.raises(EngineError, match=r"ClusterArgs\.version: .*1\.35.*1\.34.*INH-4"):
        changes.plan(sandbox.engine(), sandbox.state, back)


class TestWithoutTheApi:
    """The API server is stopped for these."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def stopped(cls, sandbox: Sandbox) -> object:
        sandbox.state.services()["kube-apiserver"].stop()
        yield
        sandbox.must("services")

    def test_an_up_says_so_once_before_anything_changes(self, sandbox: Sandbox) -> None:
        before = when_changed(sandbox)
        change = changes.BY_TITLE["Logs of the cluster are kept for longer"]
        # Writes the settings; the Automation API's own `up` leaves the preview out, which is what refuses here.
        sandbox.engine().stack(STACK, ROOT, changes.config_with(sandbox.state, change))
        refused = sandbox.pulumi("up", "--yes")
        assert refused.returncode != 0
        told = str(EngineError(refused.stdout + refused.stderr))
        assert told.count("cannot be reached") == 1
        assert "connect the VPN" in told
        assert "Traceback" not in told
        assert when_changed(sandbox) == before

    def test_objects_of_a_cluster_that_was_given_up_leave_the_state_as_documented(self, sandbox: Sandbox) -> None:
        budget = next(each["urn"] for each in sandbox.resources() if each["type"] == BUDGET)
        command = ("destroy", "--yes", "--skip-preview", "--target", budget)
        refused = sandbox.pulumi(*command)
        assert refused.returncode != 0
        assert "cannot be reached" in refused.stdout + refused.stderr
        variable = VARIABLES[DELETE_UNREACHABLE]
        assert f"{variable}=true pulumi destroy" in (ROOT / "docs" / "recovery.md").read_text()
        sandbox.must_pulumi(*command, environment={variable: "true"})
        assert budget not in {each["urn"] for each in sandbox.resources()}


def test_what_left_the_state_and_still_exists_is_taken_over_as_documented(sandbox: Sandbox) -> None:
    refused = sandbox.run("up")
    assert refused.returncode != 0
    assert "already exists" in refused.stdout + refused.stderr
    variable = VARIABLES[UPSERT]
    assert f"{variable}=true pulumi up" in (ROOT / "docs" / "recovery.md").read_text()
    sandbox.must_pulumi("up", "--yes", "--skip-preview", environment={variable: "true"})
    assert len([each for each in sandbox.resources() if each["type"] == BUDGET]) > 1
    assert census.unrecorded(sandbox, sandbox.resources()) == {}
    # The SDK gives the variable to the provider as an argument, which the next update takes away.
    sandbox.must("up")


def when_changed(sandbox: Sandbox) -> dict[str, str]:
    """URN -> when the engine last recorded something else of it; secrets are encrypted anew each time."""
    return {each["urn"]: each["modified"] for each in sandbox.resources() if each["type"] != "pulumi:pulumi:Stack"}
