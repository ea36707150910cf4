"""What is secret in Deis: marked in the state, by reference in pods, stable until it is rotated."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.deis.secrets import django_hash
from policies.guidelines import deis as guideline
from policies.guidelines.deis import BUILDER, CONTROLLER
from sandbox.providers.mocks import Registered, Run
from tests.support.program.deis_of import (
    INVENTED,
    PASSWORD,
    WITH_PODS,
    environment_of,
    is_secret,
    objects,
    of_deis,
    pod_of,
)

Objects = dict[tuple[str, str], Registered]


@pytest.fixture(scope="module")
def graph() -> Run:
    return of_deis()


@pytest.fixture(scope="module")
def made(graph: Run) -> Objects:
    return objects(graph)


class TestSecrets:
    def test_every_generated_value_is_secret_wherever_it_goes(self, graph: Run) -> None:
        def exposed(value: Any) -> bool:
            if is_secret(value):
                return False
            if isinstance(value, dict):
                return any(exposed(inner) for inner in value.values())
            if isinstance(value, list):
                return any(exposed(inner) for inner in value)
            return isinstance(value, str) and PASSWORD in value

        # What the tls and random providers make is secret by their own schema, which these mocks do not know.
        told = [one for one in graph.resources if not one.type.startswith(("tls:", "random:"))]
        assert not [one.name for one in told if exposed(one.marked_inputs)]

    def test_secrets_stand_in_secrets_and_in_the_database_only(self, graph: Run) -> None:
        holders = {
            one.type
            for one in graph.resources
            if PASSWORD in json.dumps(one.inputs) and not one.type.startswith(("tls:", "random:", "pulumi:"))
        }
        assert holders == {"kubernetes:core/v1:Secret", "aws:rds/instance:Instance"}

    @pytest.mark.parametrize("name", WITH_PODS)
    def test_pods_refer_to_secrets(self, made: Objects, name: tuple[str, str]) -> None:
        variables = environment_of(made[name])
        for wanted in (*guideline.SECRET_VARIABLES, "ADMINISTRATOR_HASH"):
            if wanted in variables:
                assert "value" not in variables[wanted]
                assert variables[wanted]["valueFrom"]["secretKeyRef"]["name"]
        assert PASSWORD not in json.dumps(made[name].inputs)

    def test_the_administrators_password_is_nowhere_but_in_the_state(self, graph: Run) -> None:
        """The cluster has a hash, which Django 2.2.28's own check_password took for the password (2026-11-28)."""
        made = INVENTED["random:index/randomPassword:RandomPassword"]
        password, salt = (made(f"deis-administrator-{what}", {})["result"] for what in ("password", "salt"))
        hashed = django_hash(password, salt)
        named = [one for one in graph.resources if one.type.startswith("kubernetes:")]
        assert [one.name for one in named if hashed in json.dumps(one.inputs)] == ["deis-deis-administrator"]
        assert [one.name for one in graph.resources if password in json.dumps(one.inputs)] == []
        assert django_hash("correct-horse-battery", "NaClNaClNaClNaClNaClNa") == (
            "pbkdf2_sha256$150000$NaClNaClNaClNaClNaClNa$tJ2PWGLebzvb4UX0ppdAkA5XVjelK0vqkZwejPDDqD4="
        )

    def test_references_lead_to_something(self, made: Objects) -> None:
        there = {
            name: one.inputs.get("stringData") or one.inputs.get("data")
            for (kind, name), one in made.items()
            if kind in ("Secret", "ConfigMap")
        }
        for name in WITH_PODS:
            for variable in environment_of(made[name]).values():
                source = variable.get("valueFrom", {})
                reference = source.get("secretKeyRef") or source.get("configMapKeyRef")
                if reference:
                    assert reference["key"] in there[reference["name"]], variable
            for volume in pod_of(made[name]).get("volumes", []):
                mounted = volume.get("secret", {}).get("secretName") or volume.get("configMap", {}).get("name")
                assert not mounted or mounted in there

    def test_the_outputs(self) -> None:
        seen: dict[str, Any] = {}

        async def look(deis: Any) -> None:
            seen["password secret"] = await deis.administrator_password.is_secret()
            seen["url"] = await deis.url.future()
            seen["balancer"] = await deis.load_balancer_dns_name.future()
            seen["username"] = await deis.administrator_username.future()

        of_deis(lambda deis: pulumi.Output.from_input(look(deis)))
        assert seen == {
            "password secret": True,
            "url": "https://deis.apps.example.org",
            "balancer": "deis-balancer.elb.eu-central-1.amazonaws.com",
            "username": "admin",
        }

    def test_the_host_keys_are_of_the_kinds_that_the_builder_reads(self, graph: Run, made: Objects) -> None:
        keys = {one.name: one.inputs for one in graph.resources if one.type == "tls:index/privateKey:PrivateKey"}
        assert keys["deis-ssh-host-rsa"] == {"algorithm": "RSA", "rsaBits": 4096}
        assert keys["deis-ssh-host-ecdsa"] == {"algorithm": "ECDSA", "ecdsaCurve": "P256"}
        held = made["Secret", "builder-ssh-private-keys"].inputs["stringData"]
        assert held.keys() == {"ssh-host-rsa-key", "ssh-host-ecdsa-key"}

    def test_rotation_makes_the_internal_keys_anew_and_leaves_what_people_know(self) -> None:
        def keepers(graph: Run) -> dict[str, Any]:
            return {
                one.name: one.inputs.get("keepers")
                for one in graph.resources
                if one.type == "random:index/randomPassword:RandomPassword"
            }

        before, after = of_deis(), of_deis(rotation="2026-11")
        changed = {name for name, value in keepers(after).items() if value != keepers(before)[name]}
        assert changed == {"deis-builder-key", "deis-database-password", "deis-django-key"}
        assert set(after.by_name("iam/accessKey:AccessKey")) == {"deis-slugs-access-2026-11"}
        for app in (CONTROLLER, BUILDER):
            old, new = (
                objects(graph)["Deployment", app].inputs["spec"]["template"]["metadata"]["annotations"]
                for graph in (before, after)
            )
            assert old != new, "its pods would keep the old key"
