"""The component package: its schema says everything that the dataclasses say, and what comes over the wire arrives."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest
import yaml

from components.bastion import Duo, Totp, VpnBastionArgs
from components.cluster import ClusterArgs, Taint
from components.deis import DeisArgs, InternalCertificate
from components.faults import ArgumentError
from components.network import NetworkArgs
from package.components import ARGUMENTS, NAME, version
from package.wire import arguments_of, on_the_wire
from sandbox.engine.stack import ROOT
from tests.support.program import bastion_of, cluster_of, deis_of
from tests.support.program.recorded import CONTEXT

TAGS = {"owner": "platform", "environment": "sandbox", "stack": "test"}
HOST = """
import pulumi
from package.components import COMPONENTS, NAME, version
from package.host import Host
host = Host(list(COMPONENTS), NAME, version=version())
"""
REFUSED = """
import asyncio
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2
class Context:
    async def abort_with_status(self, status):
        print(status.details, len(status.trailing_metadata))
        raise SystemExit
request = provider_pb2.ConstructRequest(name="baseline", type="palisade:index:Baseline")
request.inputs.update({"namespaces": [{"name": "kube-system"}, {"name": "A_b"}]})
asyncio.run(ProviderServicer(host, [], "127.0.0.1:9").Construct(request, Context()))
"""
CHOSEN = {Totp: "totp", InternalCertificate: "internal"}
URN = "urn:pulumi:stack::project::aws:ec2/route:Route::way"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """As the SDK's host infers it."""
    return json.loads(hosted("print(host.schema)"))


def hosted(script: str) -> str:
    """What a script with `host` prints, in its own process: two libraries here describe the same protobuf message."""
    command = [sys.executable, "-c", HOST + script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def camel_case(snake: str) -> str:
    first, *rest = snake.split("_")
    return first + "".join(word.capitalize() for word in rest)


def described(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, property) of every input, output and field of a type."""
    for token, resource in schema["resources"].items():
        for name, told in [*resource["inputProperties"].items(), *resource["properties"].items()]:
            yield f"{token}.{name}", told
    for token, type_ in schema["types"].items():
        for name, told in (type_.get("properties") or {}).items():
            yield f"{token}.{name}", told


def test_refused_arguments_are_a_message_without_a_traceback() -> None:
    assert hosted(REFUSED).splitlines() == [
        "BaselineArgs.namespaces.kube-system.name: kube-system is made by others; choose another name (INH-4)",
        "BaselineArgs.namespaces.A_b.name: 'A_b' is not allowed; give the name of a namespace, such as shop (INH-4) 1",
    ]


def test_every_component_that_the_program_uses_is_in_the_package() -> None:
    used = set(re.findall(r"\b([A-Z]\w+)\(", (ROOT / "__main__.py").read_text()))
    sources = "".join(path.read_text() for path in (ROOT / "components").rglob("*.py"))
    defined = set(re.findall(r"^class (\w+)\(pulumi\.ComponentResource\)", sources, re.MULTILINE))
    assert len(used & defined) > 6
    assert used & defined <= {component.__name__ for component in ARGUMENTS}


@pytest.mark.parametrize("component", ARGUMENTS, ids=lambda component: component.__name__)
def test_the_schema_holds_every_argument(schema: dict[str, Any], component: type[pulumi.ComponentResource]) -> None:
    told = schema["resources"][f"{NAME}:index:{component.__name__}"]
    fields = dataclasses.fields(ARGUMENTS[component])
    assert told["inputProperties"].keys() == {camel_case(field.name) for field in fields}
    required = {
        camel_case(field.name)
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    assert set(told["requiredInputs"]) == required - {"context"}


def test_everything_is_described(schema: dict[str, Any]) -> None:
    assert not [where for where, told in described(schema) if not told.get("description")]
    assert not [token for token, each in {**schema["resources"], **schema["types"]}.items() if not each["description"]]


def test_nothing_is_of_any_type(schema: dict[str, Any]) -> None:
    assert "pulumi.json#/Any" not in json.dumps(schema)
    for where, told in described(schema):
        assert told.get("$ref") or told["type"] != "object" or told["additionalProperties"], where


def test_what_is_one_of_a_few_words_is_an_enumeration(schema: dict[str, Any]) -> None:
    nat = schema["types"][f"{NAME}:index:NetworkNat"]
    assert [each["value"] for each in nat["enum"]] == ["zone", "single", "regional"]
    assert schema["version"] == version()


def given(arguments: type, **values: Any) -> Any:
    return arguments_of(arguments, {"tags": TAGS, **values}, context=lambda: CONTEXT)


def over_the_wire(value: Any) -> Any:
    """A value of a dataclass as it arrives: objects as maps of what is given, whole numbers as floats."""
    if isinstance(value, Totp | InternalCertificate):
        return {CHOSEN[type(value)]: vars(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if dataclasses.is_dataclass(value):
        return {name: over_the_wire(each) for name, each in vars(value).items() if each is not None}
    if isinstance(value, Mapping):
        return {str(key): over_the_wire(each) for key, each in value.items()}
    return [over_the_wire(each) for each in value] if isinstance(value, list | tuple) else value


def comparable(value: Any) -> Any:
    """The value with lists for whatever sequences."""
    if dataclasses.is_dataclass(value):
        return type(value), {name: comparable(each) for name, each in vars(value).items()}
    if isinstance(value, dict):
        return {key: comparable(each) for key, each in value.items()}
    return [comparable(each) for each in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    "arguments",
    [
        NetworkArgs(context=CONTEXT, tags=cluster_of.TAGS, egress_domains=["example.org"]),
        bastion_of.arguments(),
        deis_of.arguments_without(),
    ],
    ids=lambda arguments: type(arguments).__name__,
)
def test_arguments_arrive_as_they_were(arguments: Any) -> None:
    arrived = arguments_of(type(arguments), over_the_wire(arguments), context=lambda: CONTEXT)
    assert comparable(arrived) == comparable(arguments)
    arrived.validate()


def test_the_context_is_that_of_the_provider_unless_given() -> None:
    assert given(NetworkArgs).context == CONTEXT


def test_nested_objects_numbers_and_keys_become_what_they_are() -> None:
    cluster = given(
        ClusterArgs,
        people=[],
        vpc_id="vpc-1",
        vpc_cidr="10.0.0.0/16",
        control_plane_subnet_ids={"a": "subnet-a"},
        node_subnet_ids={"a": "subnet-1"},
        node_subnet_cidrs={"a": "10.0.0.0/24"},
        node_groups=[{"name": "general", "min_size": 2.0, "taints": [{"key": "gpu", "effect": "NO_SCHEDULE"}]}],
        pod_ports={"7000": "Cache"},
    )
    assert cluster.node_groups[0].min_size == 2
    assert isinstance(cluster.node_groups[0].min_size, int)
    assert cluster.node_groups[0].taints == [Taint(key="gpu", effect="NO_SCHEDULE")]
    assert cluster.pod_ports == {7000: "Cache"}


def test_a_date_is_text_on_the_wire() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Dated:
        until: datetime.date

    Dated.__annotations__["until"] = datetime.date
    assert on_the_wire(Dated).__annotations__["until"] == pulumi.Input[str]
    assert arguments_of(Dated, {"until": "2026-12-31"}, context=lambda: CONTEXT).until == datetime.date(2026, 12, 31)


class TestOneOfSeveral:
    def bastion(self, **mfa: Any) -> Any:
        return given(
            VpnBastionArgs, people=[], vpc_id="v", public_subnet_ids={}, private_cidrs=[], resolver="10.0.0.2", mfa=mfa
        )

    def test_the_one_that_is_given_counts(self) -> None:
        keys = {"api_host": "api-1.duosecurity.com", "integration_key": "DI", "secret_key": "hush"}
        assert self.bastion(duo=keys).mfa == Duo(**keys)

    @pytest.mark.parametrize(
        "mfa", [{}, {"totp": {}, "duo": {"api_host": "a", "integration_key": "b", "secret_key": "c"}}]
    )
    def test_none_and_two_are_refused(self, mfa: dict[str, Any]) -> None:
        with pytest.raises(ArgumentError, match=r"VpnBastionArgs\.mfa: . are given; give exactly one of totp, duo"):
            self.bastion(**mfa)


class TestOutputs:
    @pytest.fixture(autouse=True)
    async def in_a_loop(self) -> None:
        """Outputs live in one."""

    async def settled(self, value: Any) -> pulumi.Output[Any]:
        made = pulumi.Output.from_input(value)
        await made.future(with_unknowns=True)
        return made

    async def test_what_decides_the_structure_may_be_an_output_that_is_known(self) -> None:
        zones = await self.settled(["a", "b"])
        assert given(NetworkArgs, zones=zones).zones == ["a", "b"]

    async def test_and_is_refused_where_it_is_not(self) -> None:
        with pytest.raises(ArgumentError, match="zones: must be known in a preview"):
            given(NetworkArgs, zones=await self.settled(pulumi.UNKNOWN))

    async def test_a_secret_is_not_made_plain(self) -> None:
        cidr = pulumi.Output.secret("10.0.0.0/16")
        await cidr.future()
        with pytest.raises(ArgumentError, match="cidr: is secret as a whole"):
            given(NetworkArgs, cidr=cidr)

    async def test_all_faults_come_at_once(self) -> None:
        unknown = await self.settled(pulumi.UNKNOWN)
        with pytest.raises(ArgumentError) as caught:
            given(NetworkArgs, zones=unknown, cidr=unknown)
        assert {fault.path for fault in caught.value.faults} == {("zones",), ("cidr",)}

    async def test_an_output_stays_one_where_one_may_be(self) -> None:
        vpc = await self.settled(pulumi.UNKNOWN)
        deis = given(DeisArgs, **{**over_the_wire(deis_of.arguments_without()), "vpc_id": vpc})
        assert deis.vpc_id is vpc

    async def test_what_is_waited_for_arrives_as_a_resource(self) -> None:
        told = over_the_wire(deis_of.arguments_without())
        (waited,) = given(DeisArgs, **{**told, "kubernetes_after": [URN]}).kubernetes_after
        found = await waited.future()
        assert await found.urn.future() == URN


YAML_EXAMPLE = "network-and-cluster-in-yaml"


def mistakes(schema: Mapping[str, Any], told: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    """Properties of a value that its schema does not have, or that it lacks."""
    if str(value).startswith("${"):
        return
    if reference := told.get("$ref"):
        kind = schema["types"][reference.removeprefix("#/types/")]
        if "enum" in kind:
            if value not in [one["value"] for one in kind["enum"]]:
                yield f"{at}: {value}"
        else:
            yield from object_mistakes(schema, kind.get("properties", {}), kind.get("required", ()), value, at)
    elif told.get("type") == "array":
        for number, one in enumerate(value):
            yield from mistakes(schema, told["items"], one, f"{at}[{number}]")
    elif told.get("type") == "object":
        for key, one in value.items():
            yield from mistakes(schema, told["additionalProperties"], one, f"{at}.{key}")


def object_mistakes(
    schema: Mapping[str, Any], properties: Mapping[str, Any], required: Any, value: Mapping[str, Any], at: str
) -> Iterator[str]:
    yield from (f"{at}.{name} is missing" for name in required if name not in value)
    for name, one in value.items():
        if name not in properties:
            yield f"{at}.{name} does not exist"
        else:
            yield from mistakes(schema, properties[name], one, f"{at}.{name}")


def yaml_mistakes(schema: Mapping[str, Any], program: Mapping[str, Any]) -> list[str]:
    """What a program in YAML gives or reads that the package does not have."""
    found, kinds = [], {}
    for name, resource in program["resources"].items():
        kinds[name] = schema["resources"][f"{NAME}:index:{resource['type'].removeprefix(f'{NAME}:')}"]
        kind = kinds[name]
        found += object_mistakes(schema, kind["inputProperties"], kind["requiredInputs"], resource["properties"], name)
    for name, output in re.findall(r"\$\{(\w+)\.(\w+)", json.dumps(program)):
        if name in kinds and output not in kinds[name]["properties"]:
            found.append(f"{name}.{output} is no output")
    return found


def yaml_programs() -> dict[str, Any]:
    documented = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "packages.md").read_text(), re.DOTALL)
    example = ROOT / "examples" / YAML_EXAMPLE / "Pulumi.yaml"
    return {YAML_EXAMPLE: yaml.safe_load(example.read_text()), "packages.md": yaml.safe_load(documented[0])}


@pytest.mark.parametrize("name", [YAML_EXAMPLE, "packages.md"])
def test_programs_in_yaml_fit_the_schema(schema: dict[str, Any], name: str) -> None:
    program = yaml_programs()[name]
    assert yaml_mistakes(schema, program) == []
    assert program["packages"][NAME].endswith(f"/package@v{version()}")


def test_a_program_that_does_not_fit_is_found_out(schema: dict[str, Any]) -> None:
    program = yaml_programs()[YAML_EXAMPLE]
    shop = program["resources"]["shop"]["properties"]
    shop["people"][0] |= {"role": "root", "sshkey": "x"}
    del shop["vpcId"]
    shop["nodesAfter"] = "${net.waysIn}"
    assert yaml_mistakes(schema, program) == [
        "shop.vpcId is missing",
        "shop.people[0].role: root",
        "shop.people[0].sshkey does not exist",
        "net.waysIn is no output",
    ]


def test_the_program_in_typescript_uses_what_the_schema_has(schema: dict[str, Any]) -> None:
    """By names only: the types are checked by hand, because that takes node and the engine's generator."""
    (program,) = re.findall(r"```typescript\n(.*?)```", (ROOT / "docs" / "packages.md").read_text(), re.DOTALL)
    made = re.findall(r"const (\w+) = new palisade\.(\w+)\(\"\w+\", \{(.*?)\}\);", program, re.DOTALL)
    assert len(made) == 2
    for variable, kind, arguments in made:
        told = schema["resources"][f"{NAME}:index:{kind}"]
        outermost = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", re.sub(r"\{[^{}]*\}", "", arguments))
        names = set(re.findall(r"^\s*(\w+)(?=[,:]|\s*$)|(?<=, )(\w+)(?=[:,])", outermost, re.MULTILINE))
        given_ = {name for pair in names for name in pair if name}
        assert given_ <= told["inputProperties"].keys(), kind
        assert set(told["requiredInputs"]) <= given_, kind
        assert set(re.findall(rf"\b{variable}\.(\w+)", program)) <= told["properties"].keys()
