"""`python -m commands.new_stack`: what it writes is valid, overwrites nothing and holds no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from commands import answers, new_stack
from components.settings import DeisSettings, Settings, load
from components.settings.people import PersonSettings
from sandbox.engine.programs import ROOT
from tests.support.program.bastion_of import PEOPLE

ADA = PEOPLE[0]
KEY = ADA.ssh_key
REQUEST = ADA.vpn_certificate_request or ""
Written = Callable[[], dict[str, Any]]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "ada.pub").write_text(f"{KEY}\n")
    (folder / "ada.csr").write_text(REQUEST)
    (folder / "ada").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n")
    return folder


def person(keys: Path, **changes: str) -> str:
    told = {
        "name": "ada",
        "email": "ada@example.org",
        "role": "admin",
        "iamPrincipal": "arn:aws:iam::123456789012:role/ada",
        "sshKey": str(keys / "ada.pub"),
        "vpnCertificateRequest": str(keys / "ada.csr"),
        **changes,
    }
    return "--person=" + ",".join(f"{name}={value}" for name, value in told.items())


DEIS = (
    "--domain=apps.example.org",
    "--whitelist=203.0.113.0/24,198.51.100.0/24",
    "--deis-administrator=ada@example.org",
)


def settings_in(path: Path, *secrets: str) -> Settings:
    config = yaml.safe_load(path.read_text())["config"]
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return load({**given, **dict.fromkeys(secrets, "x" * 40)}, secrets)


def deis_in(folder: Path) -> Any:
    """Of the stack that holds the platform."""
    (path,) = [path for path in folder.glob("Pulumi.*.yaml") if "palisade:deis:" in path.read_text()]
    return settings_in(path).deis


def test_with_flags_it_asks_nothing_and_what_it_writes_is_valid(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["production", f"--folder={tmp_path}", "--owner=platform", "--region=eu-west-1", person(keys), *DEIS]
    assert new_stack.main(flags) == 0
    path = tmp_path / "Pulumi.production.yaml"
    made = settings_in(path)
    assert (made.environment, made.owner, made.people[0].name) == ("production", "platform", "ada")
    assert (made.people[0].ssh_key, made.people[0].vpn_certificate_request) == (KEY, REQUEST)
    assert deis_in(tmp_path).whitelist == ("203.0.113.0/24", "198.51.100.0/24")
    assert yaml.safe_load(path.read_text())["config"]["aws:region"] == "eu-west-1"
    assert "vpnCertificateRequest: |\n" in path.read_text(), "readable, as in the example"
    assert "pulumi up --stack production" in capsys.readouterr().out


def test_without_deis_and_with_duo_it_names_the_command_for_the_secret(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duo = ["--duo-api-host=api-0123abcd.duosecurity.com", "--duo-integration-key=DIXXXXXXXXXXXXXXXXXX"]
    assert new_stack.main(["dev", f"--folder={tmp_path}", "--owner=platform", person(keys), *duo]) == 0
    assert "pulumi config set --secret palisade:duoSecretKey --stack dev" in capsys.readouterr().out
    made = settings_in(tmp_path / "Pulumi.dev.yaml", "palisade:duoSecretKey")
    assert (made.vpn.mfa.kind, made.deis) == ("duo", None)


def test_nothing_is_written_while_a_setting_is_not_valid(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["production", f"--folder={tmp_path}", "--owner=platform", person(keys, email="ada"), *DEIS[:1]]
    assert new_stack.main([*flags, "--whitelist=0.0.0.0/0", DEIS[2]]) == 1
    told = capsys.readouterr().err
    assert "palisade:people.ada.email: 'ada' is not allowed" in told
    assert "palisade:deis.whitelist: 0.0.0.0/0 lets everyone in" in told
    assert not (tmp_path / "Pulumi.production.yaml").exists()


def test_all_that_is_missing_is_named_where_nobody_can_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new_stack.main(["production", f"--folder={tmp_path}", "--person=name=ada"]) == 1
    told = capsys.readouterr().err
    assert "--owner" in told
    assert "email of --person ada" in told


def test_settings_are_not_overwritten_and_what_the_engine_wrote_stays(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.production.yaml"
    path.write_text("secretsprovider: awskms://alias/key\nencryptedkey: AAAA\n")
    flags = ["production", f"--folder={tmp_path}", "--owner=platform", person(keys)]
    assert new_stack.main(flags) == 0
    assert "pulumi stack init production --" not in capsys.readouterr().out
    assert yaml.safe_load(path.read_text())["encryptedkey"] == "AAAA"
    before = path.read_text()
    assert new_stack.main(flags) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert path.read_text() == before


@pytest.mark.parametrize("field", ["sshKey", "vpnCertificateRequest"])
def test_a_private_key_is_refused_and_not_shown(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str], field: str
) -> None:
    flags = ["production", f"--folder={tmp_path}", "--owner=platform", person(keys, **{field: str(keys / "ada")})]
    assert new_stack.main(flags) == 1
    told = capsys.readouterr()
    assert "is a private key" in told.err
    assert "c2VjcmV0" not in told.err + told.out
    assert not (tmp_path / "Pulumi.production.yaml").exists()


def test_asked_by_a_person_a_wrong_answer_is_asked_again(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = {
        "Team that": ["", "platform"],
        "Name, such": ["Ada", "ada"],
        "E-mail address:": ["ada@example.org"],
        "ARN of": ["ada", "arn:aws:iam::123456789012:role/ada"],
        "File with their public": [str(keys / "nobody.pub"), str(keys / "ada"), str(keys / "ada.pub")],
        "File with the certificate": [str(keys / "ada.csr")],
        "Ranges from": ["everywhere", ""],
        "Domain of": ["apps.example.org"],
        "Ranges that": ["0.0.0.0/0", "203.0.113.0/24"],
        "E-mail address of Deis": ["ada@example.org"],
    }

    def ask(prompt: str) -> str:
        fitting = max((start for start in typed if prompt.startswith(start)), key=len, default="")
        return typed[fitting].pop(0) if fitting else ""

    assert new_stack.main(["production", f"--folder={tmp_path}"], ask) == 0
    told = capsys.readouterr().out
    assert "palisade:people.Ada.name: 'Ada' is not allowed" in told
    assert "palisade:people.ada.iamPrincipal" in told
    assert "palisade:vpn.sourceCidrs" in told
    assert "palisade:deis.whitelist: 0.0.0.0/0 lets everyone in" in told
    assert "ssh-keygen -t ed25519 -C ada@example.org -f ~/.ssh/ada" in told
    assert "-subj /CN=ada" in told
    assert not [left for left in typed.values() if left], "every answer was used"
    made = settings_in(tmp_path / "Pulumi.production.yaml")
    assert (made.people[0].ssh_key, made.vpn.source_cidrs) == (KEY, ("0.0.0.0/0",))


def test_the_commands_for_keys_are_those_of_the_documents() -> None:
    shown = new_stack.key_commands("ada", "ada@example.org")
    documented = (ROOT / "docs" / "walkthrough.md").read_text()
    assert re.search(r"openssl req -new -newkey ec .* -keyout ada\.key -out ada\.csr -subj /CN=ada", documented)
    (command,) = re.findall(r"openssl .*", shown)
    assert command in documented


def required(section: type[BaseModel]) -> set[str]:
    return {to_camel(name) for name, field in section.model_fields.items() if field.is_required()}


def test_every_setting_without_a_default_is_asked_for() -> None:
    asked = {question.keys for question in (*answers.BEFORE_PEOPLE, *answers.AFTER_PEOPLE)}
    given = {key.removeprefix("palisade:") for key in (answers.PEOPLE, *answers.START, *(keys[0] for keys in asked))}
    assert required(Settings) <= given
    assert required(PersonSettings) <= {question.keys[0] for question in answers.OF_A_PERSON}
    assert required(DeisSettings) <= {keys[1] for keys in asked if keys[0] == "palisade:deis"}
