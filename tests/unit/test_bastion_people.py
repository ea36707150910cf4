"""What the bastion makes for each person, where its secrets are, and what goes with whom (VPN-MFA, SSH-USER)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography import x509

from components.bastion import tls_crypt
from components.bastion.agent import access
from components.bastion.agent.certificates import key_fingerprint
from sandbox.providers.mocks import Run
from tests.support.program.bastion_of import DUO, PEOPLE, content, recorded_with, user_data

SECRET_VERSION = "secretsmanager/secretVersion:SecretVersion"
Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> tuple[Run, Outputs]:
    return recorded_with()


@pytest.fixture(scope="module")
def graph(made: tuple[Run, Outputs]) -> Run:
    return made[0]


@pytest.fixture(scope="module")
def outputs(made: tuple[Run, Outputs]) -> Outputs:
    return made[1]


@pytest.fixture(scope="module")
def with_duo() -> Run:
    return recorded_with(mfa=DUO)[0]


class TestSecrets:
    def secrets(self, graph: Run, outputs: Outputs) -> set[str]:
        """Every text that must not be seen: keys, seeds, whole profiles."""
        found: set[str] = set()
        for one in graph.of(SECRET_VERSION):
            found.add(one.inputs["secretString"])
        server, people = content(graph, "server"), content(graph, "people")["people"]
        found |= {value for name, value in server.items() if name not in ("ca", "certificate")}
        found |= {person["totp"] for person in people.values()}
        return found | {text for name, (text, _) in outputs.items() if name.startswith(("profile:", "enrolment:"))}

    def test_no_input_and_no_output_shows_one(self, graph: Run, outputs: Outputs) -> None:
        secrets = {form for text in self.secrets(graph, outputs) for form in (text, json.dumps(text)[1:-1])}
        assert len(secrets) > 10
        for one in graph.resources:
            if one.type.startswith("tls:"):
                continue  # The tls provider marks its own inputs and outputs.
            shown = json.dumps(_without_secrets(one.marked_inputs))
            assert not [text for text in secrets if text in shown], one.name
        assert {name for name, (_, secret) in outputs.items() if not secret} == {"endpoint", "known_hosts"}

    def test_no_user_data_holds_one(self, graph: Run, with_duo: Run, outputs: Outputs) -> None:
        shown = json.dumps(user_data(graph))
        assert not [text for text in self.secrets(graph, outputs) if json.dumps(text)[1:-1] in shown]
        assert "hush-hush" not in json.dumps(user_data(with_duo))
        assert "PRIVATE KEY" not in shown

    def test_no_user_data_names_anybody(self, graph: Run) -> None:
        shown = json.dumps(user_data(graph))
        assert not [one.name for one in PEOPLE if f'"{one.name}"' in shown or one.email in shown]

    def test_duos_key_is_in_its_secret_and_not_in_what_is_printed(self, with_duo: Run) -> None:
        assert content(with_duo, "duo") == {"secret_key": "hush-hush-duo"}
        assert "hush" not in repr(DUO)
        assert "hush" not in json.dumps([_without_secrets(one.marked_inputs) for one in with_duo.resources])

    def test_they_are_encrypted_with_the_bastions_key(self, graph: Run) -> None:
        kept = [
            *graph.of("secretsmanager/secret:Secret"),
            graph.named("vpn-log", "cloudwatch/logGroup:LogGroup"),
        ]
        assert {one.inputs["kmsKeyId"] for one in kept} == {"arn:aws:mock:::vpn-data-key"}

    def test_the_authoritys_key_reaches_nothing(self, graph: Run) -> None:
        assert content(graph, "server").keys() == {
            "ca", "certificate", "key", "tls_crypt_v2", "ssh_ed25519", "ssh_rsa",
        }  # fmt: skip


def _without_secrets(value: Any) -> Any:
    """Inputs as they are seen in a state or a preview: a secret is its mark, and nothing more."""
    if isinstance(value, dict):
        if "value" in value and len(value) == 2:
            return "[secret]"
        return {key: _without_secrets(each) for key, each in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


class TestPeople:
    def test_the_bastion_understands_the_list(self, graph: Run) -> None:
        members = access.parse(json.dumps(content(graph, "people")))
        assert {name: member.role for name, member in members.items()} == {one.name: one.role for one in PEOPLE}
        assert all(member.totp for member in members.values())

    def test_with_duo_nobody_has_a_seed(self, with_duo: Run) -> None:
        assert not [member for member in access.parse(json.dumps(content(with_duo, "people"))).values() if member.totp]

    def test_each_profile_is_its_persons_own(self, graph: Run, outputs: Outputs) -> None:
        members = access.parse(json.dumps(content(graph, "people")))
        for name, member in members.items():
            profile = outputs[f"profile:{name}"][0]
            pem = profile.partition("<cert>\n")[2].partition("</cert>")[0]
            certificate = x509.load_pem_x509_certificate(pem.encode())
            assert f"CN={name}" in certificate.subject.rfc4514_string()
            assert key_fingerprint(pem) == member.key
            assert "remote 203.0.113.7 1194" in profile

    def test_a_key_of_ones_own_stays_ones_own(self, graph: Run, outputs: Outputs) -> None:
        assert "key ada.key\n" in outputs["profile:ada"][0]
        assert "PRIVATE KEY" not in outputs["profile:ada"][0]
        assert "<key>\n-----BEGIN EC PRIVATE KEY-----" in outputs["profile:grace"][0]
        assert not [one for one in graph.resources if "client-ada-key" in one.name]

    def test_the_enrolment_is_the_seed_that_the_bastion_has(self, graph: Run, outputs: Outputs) -> None:
        seed = content(graph, "people")["people"]["lin"]["totp"]
        uri = f"otpauth://totp/vpn:lin?secret={seed}&issuer=vpn&algorithm=SHA1&digits=6&period=30"
        assert outputs["enrolment:lin"][0] == uri

    def test_who_is_taken_out_of_the_list_leaves_nothing_behind(self, graph: Run) -> None:
        without, outputs = recorded_with(people=[one for one in PEOPLE if one.name != "grace"])
        gone = {one.name for one in graph.resources} - {one.name for one in without.resources}
        assert gone == {
            "vpn-grace-tls-crypt",
            "vpn-grace-totp",
            *(f"vpn-authority-client-grace-{part}" for part in ("key", "request", "certificate")),
        }
        assert content(without, "people")["people"].keys() == {"ada", "lin"}
        assert not [name for name in outputs if "grace" in name]
        assert content(without, "server") == content(graph, "server"), "nobody else notices"

    def test_a_name_of_the_bastion_cannot_be_a_persons(self, outputs: Outputs) -> None:
        assert "verify-x509-name vpn.server name" in outputs["profile:ada"][0]
        assert not access.NAME.fullmatch("vpn.server")


def test_the_servers_key_opens_what_was_wrapped_for_a_person(graph: Run) -> None:
    server = base64.b64decode("".join(content(graph, "server")["tls_crypt_v2"].split("\n")[1:-2]))
    assert len(server) == tls_crypt.SERVER_KEY_BYTES
