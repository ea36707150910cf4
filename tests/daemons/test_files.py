"""The files of the user data, under the programs that will read them: cloud-init, systemd, nft, Python, OpenVPN."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.bastion import Totp, openvpn
from components.bastion.images import IMAGES
from tests.daemons.lab import Lab
from tests.support.program.bastion_of import DUO, recorded_with, user_data

SCHEMA = "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json"
SERVICES_OF_THE_IMAGE = {"ssh.service", "ssh.socket", "apparmor.service", "nftables.service"}
SYSTEMDS_OWN = {"systemd-sysctl.service", "systemd-journald.service"}


@pytest.fixture(scope="module", params=[(image, mfa) for image in IMAGES for mfa in ("totp", "duo")], ids="-".join)
def config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The user data of every kind of bastion."""
    image, mfa = request.param
    graph, _ = recorded_with(image=image, mfa=DUO if mfa == "duo" else Totp())
    return user_data(graph)


def written(config: dict[str, Any]) -> dict[str, str]:
    return {file["path"]: file["content"] for file in config["write_files"]}


def install_command(config: dict[str, Any]) -> list[str]:
    """What the unit of the packages runs."""
    unit = written(config)["/etc/systemd/system/palisade-packages.service"]
    (command,) = re.findall("^ExecStart=(.*)$", unit, re.MULTILINE)
    return command.split()


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside of a document, itself included."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(each)


class TestCloudInit:
    def test_the_schema_accepts_it(self, config: dict[str, Any], lab: Lab) -> None:
        lab.bastion.path("/tmp/user-data").write_text("#cloud-config\n" + json.dumps(config))
        assert "Valid" in lab.bastion.run("cloud-init", "schema", "--config-file", "/tmp/user-data").stdout

    def test_every_key_is_one_that_cloud_init_knows(self, config: dict[str, Any], lab: Lab) -> None:
        """The schema of some versions lets unknown ones pass."""
        schema = json.loads(lab.bastion.path(SCHEMA).read_text())
        top: set[str] = set()
        for definition in schema["$defs"].values():
            top |= definition.get("properties", {}).keys()
        assert config.keys() - top == set()
        known = {name for part in parts(schema) for name in part.get("properties", {})}
        assert {name for part in parts(config) for name in part} - known == set()
        for file in config["write_files"]:
            assert file.keys() == {"path", "permissions", "content"}

    def test_no_shell_takes_part(self, config: dict[str, Any]) -> None:
        for command in config["runcmd"]:
            assert isinstance(command, list)
            assert command[0] in {"systemctl", "snap"}

    def test_every_script_passes_shellcheck(self, config: dict[str, Any]) -> None:
        """There is none on the bastion as long as nobody adds one; what plays systemd in these tests is one."""
        ours = [text for text in written(config).values() if re.match(r"#!\S*/(env )?(ba|da)?sh\b", text)]
        for script in [*ours, (Path(__file__).parent / "systemctl.sh").read_text()]:
            done = subprocess.run(
                ["/usr/bin/shellcheck", "-"], input=script, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout

    def test_it_starts_only_what_is_there(self, config: dict[str, Any]) -> None:
        own = {Path(path).name for path in written(config) if path.startswith("/etc/systemd/system/")}
        for command in config["runcmd"]:
            named = {word for word in command if re.fullmatch(r"[\w@-]+\.(service|timer|socket)", word)}
            assert named <= own | SERVICES_OF_THE_IMAGE | SYSTEMDS_OWN

    def test_no_person_is_made_and_no_password_is_taken(self, config: dict[str, Any]) -> None:
        assert [user["name"] for user in config["users"]] == ["palisade-vpn"], "and not the image's default user"
        assert config["disable_root"] is True
        assert config["ssh_pwauth"] is False

    def test_duos_client_is_installed_where_it_is_used(self, config: dict[str, Any]) -> None:
        settings = json.loads(written(config)["/etc/palisade/agent.json"])
        assert ("python3-duo-client" in install_command(config)) == ("duo" in settings)


def test_systemd_understands_the_units(lab: Lab) -> None:
    units = [path for path in written(user_data(lab.graph)) if path.startswith("/etc/systemd/system/pal")]
    assert len(units) == 4
    done = lab.bastion.run("systemd-analyze", "verify", "--man=no", *units, check=False)
    assert "/etc/systemd/system/palisade" not in done.stdout + done.stderr, done.stderr


class TestPackages:
    """The unit that installs; systemd begins it anew with palisade.service until it has ended well."""

    def test_it_is_tried_until_it_has_ended_well_and_holds_up_nobody(self, config: dict[str, Any]) -> None:
        units = written(config)
        install, converge = (units[f"/etc/systemd/system/palisade{one}.service"] for one in ("-packages", ""))
        assert {"Type=oneshot", "RemainAfterExit=yes"} <= set(install.splitlines())
        assert re.search("^Wants=.*palisade-packages.service$", converge, re.MULTILINE)
        assert not re.search("^(After|Requires)=.*palisade-packages", converge, re.MULTILINE)
        assert ["systemctl", "start", "palisade-packages.service"] in config["runcmd"]

    def test_without_an_archive_it_fails_unless_all_is_there(self, lab: Lab) -> None:
        """The bastion of this test reaches none, and has what the tests need."""
        lab.bastion.path("/usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        command, there = install_command(user_data(lab.graph)), {"nftables", "openssl", "openvpn", "python3-boto3"}
        assert there < set(command)
        assert lab.bastion.run(*command, "a-package-of-nobody", check=False).returncode != 0
        lab.bastion.run(*[word for word in command if word != "unattended-upgrades"])


def test_sshd_asks_nobody_else_for_keys(lab: Lab) -> None:
    """Ubuntu's images for AWS start it with a command that does; ours takes its place, whatever it says."""
    image = lab.bastion.path("/usr/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf")
    image.parent.mkdir(exist_ok=True)
    asking = '-o "AuthorizedKeysCommand /usr/share/ec2-instance-connect/eic_run_authorized_keys %%u %%f"'
    image.write_text(f"[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D {asking} $SSHD_OPTS\n")
    shown = lab.bastion.run("systemd-analyze", "cat-config", "systemd/system/ssh.service").stdout
    assert "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS" in shown
    assert "AuthorizedKeysCommand" not in shown


def test_the_program_of_the_bastion_needs_nothing_but_ubuntus_packages(lab: Lab) -> None:
    """Every module loads with the distribution's Python, isolated."""
    modules = [Path(path).stem for path in written(user_data(lab.graph)) if path.startswith("/usr/local/lib/palisade")]
    loaded = "import importlib, sys; sys.path.insert(0, '/usr/local/lib/palisade')"
    for module in sorted({*modules} - {"run", "__init__"}):
        lab.bastion.run("/usr/bin/python3", "-I", "-c", f"{loaded}; importlib.import_module('agent.{module}')")


def test_the_rendered_configuration_has_nothing_that_undoes_the_guide(config: dict[str, Any]) -> None:
    assert openvpn.forbidden_in(written(config)["/etc/openvpn/server/palisade.conf"]) == []


def test_kernel_settings_are_those_of_a_router_that_believes_nobody(lab: Lab) -> None:
    for name, value in {"ip_forward": "1", "conf/all/rp_filter": "1", "conf/all/accept_redirects": "0"}.items():
        assert lab.bastion.run("cat", f"/proc/sys/net/ipv4/{name}").stdout.strip() == value
