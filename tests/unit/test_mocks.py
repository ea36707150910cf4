"""Programs in this process: the engine's part as `sandbox.mocks` plays it."""

from __future__ import annotations

import asyncio
import base64
import contextvars

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls
import pytest

from sandbox.providers.base import ProviderError, contains_unknown, is_unknown
from sandbox.providers.mocks import ProviderMocks, StandIns, run_program


class Pair(pulumi.ComponentResource):
    """A key and an object that holds it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:tests:Pair", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.key = tls.PrivateKey(f"{name}-key", algorithm="ED25519", opts=own)
        self.object = k8s.core.v1.Secret(
            f"{name}-object",
            metadata={"namespace": "default"},
            string_data={"key": self.key.private_key_pem},
            opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(protect=True, depends_on=[self.key])),
        )
        self.register_outputs({"public": self.key.public_key_pem, "private": self.key.private_key_pem})


def _program() -> None:
    pair = Pair("pair")
    pulumi.export("public", pair.key.public_key_pem)
    pulumi.export("private", pair.key.private_key_pem)


@pytest.fixture
def providers() -> StandIns:
    return StandIns("eu-central-1")


def test_urns_name_every_ancestor_but_the_stack(providers: StandIns):
    run = run_program(_program, providers, stack_name="dev")

    key = run.named("pair-key")
    assert key.urn == "urn:pulumi:dev::palisade::palisade:tests:Pair$tls:index/privateKey:PrivateKey::pair-key"
    assert key.parent == run.only("Pair").urn


def test_secrets_stay_secret_through_components_and_exports(providers: StandIns):
    run = run_program(_program, providers)

    assert "data" in run.named("pair-object").secrets
    assert run.only("Pair").secrets == {"private"}
    assert run.secret_exports == {"private"}
    assert run.exports["private"].startswith("-----BEGIN PRIVATE KEY-----")
    held = run.named("pair-object").inputs["data"]["key"]
    assert base64.b64decode(held).decode() == run.exports["private"]


def test_options_are_kept(providers: StandIns):
    run = run_program(_program, providers)

    held = run.named("pair-object", "Secret")
    assert held.protect
    assert held.depends_on == (run.named("pair-key").urn,)
    assert not run.named("pair-key").protect


def test_a_preview_makes_nothing_and_knows_nothing(providers: StandIns):
    run = run_program(_program, providers, preview=True)

    assert run.named("pair-key").id == ""
    assert is_unknown(run.exports["public"])
    assert contains_unknown(run.named("pair-object").inputs["stringData"])


def test_two_runs_share_nothing(providers: StandIns):
    first, second = run_program(_program, providers), run_program(_program, providers)

    assert first.exports["public"] != second.exports["public"]
    assert len(first.resources) == len(second.resources) == 3


def test_configuration_is_the_runs_own(providers: StandIns):
    def program() -> None:
        pulumi.export("word", pulumi.Config("palisade").require("word"))
        pulumi.export("hidden", pulumi.Config("palisade").require_secret("hidden"))

    run = run_program(
        program, providers, config={"palisade:word": "yes", "palisade:hidden": "h"}, secret_keys=["palisade:hidden"]
    )

    assert run.exports == {"word": "yes", "hidden": "h"}
    assert run.secret_exports == {"hidden"}
    with pytest.raises(pulumi.ConfigMissingError, match="word"):
        run_program(program, providers)


async def _asynchronous() -> None:
    random.RandomId("id", byte_length=4)


def test_a_program_may_be_a_coroutine(providers: StandIns):
    run = run_program(_asynchronous, providers)

    assert len(run.only("RandomId").outputs["hex"]) == 8


def test_a_refused_input_names_resource_property_and_reason(providers: StandIns):
    with pytest.raises(ProviderError, match=r"RandomId resource 'id' has a problem: byteLength: expected a number"):
        run_program(lambda: random.RandomId("id", byte_length="four"), providers)  # pyright: ignore[reportArgumentType]


def test_the_same_name_twice_is_refused(providers: StandIns):
    def program() -> None:
        random.RandomId("id", byte_length=4)
        random.RandomId("id", byte_length=8)

    with pytest.raises(ProviderError, match="Duplicate resource URN"):
        run_program(program, providers)


def test_a_package_without_a_stand_in_is_named():
    with pytest.raises(ProviderError, match="no provider of the package 'tls'"):
        run_program(_program, {})


def test_an_error_of_the_program_comes_through(providers: StandIns):
    def program() -> None:
        random.RandomId("id", byte_length=4)
        raise LookupError("no such person")

    with pytest.raises(LookupError, match="no such person"):
        run_program(program, providers)


def test_plain_set_mocks_works_over_the_same_handlers(providers: StandIns):
    found: list[str] = []

    @pulumi.runtime.test
    def program() -> pulumi.Output[None]:
        return random.RandomId("id", byte_length=4).hex.apply(found.append)

    def inside() -> None:
        pulumi.runtime.set_mocks(ProviderMocks(providers))
        program()

    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        contextvars.copy_context().run(inside)

    assert [len(hexadecimal) for hexadecimal in found] == [8]
