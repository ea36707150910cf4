"""Two layers as two stacks, on the real engine: the foundation's output, a stack's layer, and the order of deletion.

The programs are the mechanism alone (components/layers.py, components/foundation.py) around a parameter of each layer;
the whole program runs in two stacks in test_5_two_stacks.py.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.context import AwsContext
from components.foundation import OUTPUT, Foundation, Layer, read_foundation
from components.layers import ABANDONED, attach_platform, full_stack_name, guard_foundation, keep_layer
from components.tags import Tags
from sandbox.engine.stack import REGION, EngineError, Stack
from tests.engine.conftest import Sandbox

PROJECT, BASE, ABOVE = "layers", "base", "above"
SECRET = "correct-horse-battery-staple"
TAGS = Tags(owner="platform", environment="sandbox", stack="layers")
ZONES = {"a": "subnet-a", "b": "subnet-b"}
RANGES = {"a": "10.40.0.0/24", "b": "10.40.1.0/24"}


def handed_on(vpc_id: pulumi.Input[str]) -> Foundation:
    return Foundation(
        name="layers",
        environment="sandbox",
        context=AwsContext.current(),
        vpc_id=vpc_id,
        vpc_cidr="10.40.0.0/16",
        subnet_ids={"public": ZONES, "private": ZONES, "intra": ZONES},
        subnet_cidrs={"public": RANGES, "private": RANGES, "intra": RANGES},
        firewall_rule_group_id=None,
        api_endpoint="https://127.0.0.1:1",
        certificate_authority_data="-",
        oidc_issuer="-",
        node_security_group_id="sg-nodes",
        node_architectures=["x86_64"],
        autoscaling_group_names={"general": "general"},
        application_log_group_name="-",
        vpn_address="203.0.113.7",
        vpn_client_ports=[443],
        topic_arn="-",
    )


def foundation(layer: Layer = "foundation", abandoned: str | None = None, version: int | None = None) -> None:
    keep_layer(layer)
    parameter = aws.ssm.Parameter("base", name="/base", type="String", value="base")
    guard_foundation("layers", abandoned, [parameter])
    pulumi.export(OUTPUT, {**handed_on(parameter.arn).exported(), **({"version": version} if version else {})})
    pulumi.export("secret", pulumi.Output.secret(SECRET))


def platform(stack: str, elsewhere: bool = False) -> None:
    context = AwsContext.current()
    found = read_foundation(stack, replace(context, region="eu-west-1") if elsewhere else context)
    keep_layer("platform")
    attachment = attach_platform(found, TAGS, stack=full_stack_name(), domains=[])
    above = pulumi.ResourceOptions(depends_on=[attachment])
    aws.ssm.Parameter("above", name="/above", type="String", value=found.vpc_id, opts=above)


@pytest.fixture(scope="module")
def base(sandbox: Sandbox) -> Any:
    return partial(of, sandbox, BASE, foundation)


@pytest.fixture(scope="module")
def above(sandbox: Sandbox) -> Any:
    return partial(of, sandbox, ABOVE, platform)


def of(sandbox: Sandbox, name: str, program: Any, *arguments: Any, **more: Any) -> Stack:
    given = partial(program, *arguments, **more)
    return sandbox.engine().stack(name, given, {"aws:region": REGION}, project=PROJECT, pack=None)


def refused(operation: Any, *words: str) -> None:
    """The operation fails with the words, said once and without a traceback."""
    with pytest.raises(EngineError) as refusal:
        operation()
    text = " ".join(str(refusal.value).split())
    for word in words:
        assert text.count(word) == 1, refusal.value
    assert "Traceback" not in text


FULL = f"organization/{PROJECT}/{BASE}"
USER = f"organization/{PROJECT}/{ABOVE}"


def test_a_foundation_that_is_missing_is_one_clear_error(above: Any) -> None:
    refused(above(f"organization/{PROJECT}/none").preview, "palisade:foundation:", "unknown stack", "ORGANIZATION/")


def test_a_foundation_that_was_never_deployed_is_named_with_the_way_out(base: Any, above: Any) -> None:
    base()
    refused(above(FULL).preview, f"has no output `{OUTPUT}`", f"`pulumi up --stack {FULL}`")


def test_an_older_or_newer_object_another_region_and_a_platform_are_refused(base: Any, above: Any) -> None:
    base(version=99).up()
    refused(above(FULL).preview, "has version 99 of the output")
    base().up()
    refused(above(FULL, elsewhere=True).preview, f"is in {REGION}, and this stack in eu-west-1", "aws:region")
    above(FULL).up()
    refused(above(USER).preview, "holds the layer platform")


def test_no_secret_of_the_foundation_reaches_the_platform_s_state(base: Any, above: Any) -> None:
    assert base().secret_outputs() == {"secret": SECRET}
    state = above(FULL).export()
    assert {each["type"] for each in state["resources"]} >= {"aws:ssm/parameter:Parameter"}
    assert not [each for each in state["resources"] if each["type"] == "pulumi:pulumi:StackReference"]
    assert not [each for each in state["resources"] if "secret" in (each.get("outputs") or {})]


def test_a_stack_keeps_its_layer(base: Any) -> None:
    for layer in ("platform", "all"):
        change = base(layer=layer)
        refused(change.preview, f"holds the layer foundation and cannot become {layer}", "pulumi stack init")
        with pytest.raises(EngineError, match="cannot become"):
            change.up()
    assert base().preview().change_summary.keys() == {"same"}


def test_a_foundation_in_use_is_not_destroyed(sandbox: Sandbox, base: Any, above: Any) -> None:
    stack = base()
    before = len(stack.export()["resources"])
    # Without the program no hook can run, and the engine refuses.
    refused(stack.destroy, "`--run-program`")
    told = sandbox.pulumi_in(PROJECT, BASE, "destroy", "--yes", "--run-program")
    assert told.returncode != 0
    words = " ".join(str(EngineError(told.stdout + told.stderr)).split())
    assert f"the platform {USER} uses this foundation" in words
    assert f"pulumi config set {ABANDONED} {USER}" in words
    with pytest.raises(EngineError, match="uses this foundation"):
        stack.destroy(run_program=True)
    assert len(stack.export()["resources"]) == before


def test_the_marker_goes_last_and_then_the_foundation(sandbox: Sandbox, base: Any, above: Any) -> None:
    deleted: list[str] = []

    def note(event: Any) -> None:
        if event.res_outputs_event and event.res_outputs_event.metadata.type == "aws:ssm/parameter:Parameter":
            deleted.append(event.res_outputs_event.metadata.urn.rpartition("::")[2])

    above(FULL).destroy(note)
    assert deleted == ["above", "layers-platform-marker"]
    base().destroy(run_program=True)
    assert not base().export().get("resources")


def test_a_platform_that_was_given_up_by_name_keeps_nothing(sandbox: Sandbox, base: Any) -> None:
    marker = "/palisade/layers/used-by/platform"
    sandbox.aws("ssm").put_parameter(Name=marker, Type="String", Value=USER)
    try:
        base(abandoned=f"{USER}-other").up()
        with pytest.raises(EngineError, match="uses this foundation"):
            base(abandoned=f"{USER}-other").destroy(run_program=True)
        base(abandoned=USER).destroy(run_program=True)
    finally:
        sandbox.aws("ssm").delete_parameter(Name=marker)
