"""A bastion as the component describes it, run with the real daemons, between a client's network and a VPC's.

The component is recorded, its user data's files are written into a machine of namespaces, its secrets are put into a
Secrets Manager of this process, and the bastion's own program does the rest.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.bastion.agent import factors
from components.people import Person
from tests.daemons import ubuntu
from tests.daemons.client import Session
from tests.daemons.cloud import Aws, Echo, Metadata, Resolver
from tests.daemons.namespaces import Machine, Plug, connect, wait_until
from tests.support.program.bastion_of import content, recorded_with, user_data

PUBLIC = "203.0.113.7"
"""The elastic IP that recorded.py invents."""
CLIENT = "203.0.113.9"
BASTION = "10.40.0.10"
GATEWAY = "10.40.0.1"
RESOLVER = "10.40.0.2"
API = "10.40.16.10"
OTHER_ZONE = "10.40.32.10"
ELSEWHERE = "192.0.2.80"
METADATA = "169.254.169.254"
PRIVATE = ("10.40.16.0/20", "10.40.32.0/20")
LISTENING = ((API, 443), (API, 8443), (OTHER_ZONE, 443), (RESOLVER, 53), (GATEWAY, 443), (ELSEWHERE, 443))
"""What answers behind the bastion, allowed or not."""
ENDPOINT = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
RUNNER = "/usr/local/lib/palisade/agent/run.py"
SETTINGS = "/etc/palisade/agent.json"
NAMESPACED = "net."
"""The kernel settings that belong to a network namespace; others would be this machine's."""


class Lab:
    """The bastion, a client and the VPC behind it."""

    def __init__(self, folder: Path, people: Sequence[Person], **arguments: Any) -> None:
        self.folder, self._arguments = folder, {"image": ubuntu.image(), **arguments}
        (folder / "bastion").mkdir()
        self.bastion = Machine("bastion", folder / "bastion", ubuntu.root())
        self.client = Machine("client", None)
        self.vpc = Machine("vpc", None)
        self._wire()
        self.aws = Aws(self.bastion.call(lambda: socket.create_server(("127.0.0.1", 4566))))
        self.metadata = Metadata(self.vpc.call(lambda: socket.create_server((METADATA, 80))))
        self.echoes = {
            place: Echo(self.vpc.call(lambda place=place: socket.create_server(place))) for place in LISTENING
        }
        self.resolver = Resolver(self.vpc.call(_udp))
        self.set_people(people)
        self._install()

    def _wire(self) -> None:
        connect(Plug(self.bastion, "wan", f"{PUBLIC}/24"), Plug(self.client, "wan", f"{CLIENT}/24"))
        connect(Plug(self.bastion, "ens5", f"{BASTION}/24"), Plug(self.vpc, "ens5", f"{GATEWAY}/24"))
        self.bastion.run("ip", "route", "add", "default", "via", GATEWAY)
        for address in (RESOLVER, API, OTHER_ZONE, METADATA, ELSEWHERE):
            self.vpc.run("ip", "address", "add", f"{address}/32", "dev", "lo")

    def set_people(self, people: Sequence[Person], **changes: Any) -> None:
        """`pulumi up` with this list: profiles, and the secrets that the bastion reads."""
        self.graph, outputs = recorded_with(
            people=people, private_cidrs=list(PRIVATE), resolver=RESOLVER, **{**self._arguments, **changes}
        )
        self.profiles = {
            name.partition(":")[2]: text for name, (text, _) in outputs.items() if name.startswith("profile:")
        }
        self.known_hosts = str(outputs["known_hosts"][0])
        for one in self.graph.by_name("secretsmanager/secret:Secret"):
            role = one.removeprefix("vpn-")
            self.aws.secrets[f"arn:aws:mock:::{one}"] = json.dumps(content(self.graph, role))

    def authority(self) -> tuple[str, str]:
        """The authority's certificate and key, which only the state knows."""
        (signed,) = [one for one in self.graph.resources if one.name == "vpn-authority-client-ada-certificate"]
        return signed.inputs["caCertPem"], signed.inputs["caPrivateKeyPem"]

    def _install(self) -> None:
        """What cloud-init does: the files, and the commands that are not systemd's."""
        for file in user_data(self.graph)["write_files"]:
            path = self.bastion.path(file["path"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file["content"])
            path.chmod(int(file["permissions"], 8))
        stub = self.bastion.path("/usr/local/bin/systemctl")
        stub.write_text((Path(__file__).parent / "systemctl.sh").read_text())
        stub.chmod(0o755)
        # Of Ubuntu's image, and not of every machine that runs tests.
        self.bastion.path("/etc/sudoers.d").mkdir(exist_ok=True)
        self.bastion.path("/etc/ssh/sshd_config").write_text("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n")
        for line in self.bastion.path("/etc/sysctl.d/60-palisade.conf").read_text().splitlines():
            if line.startswith(NAMESPACED):
                self.bastion.run("sysctl", "-qw", line)
        self.bastion.run("nft", "-f", "/etc/nftables.conf")

    def close(self) -> None:
        """End the machines; their namespaces go with them."""
        for machine in (self.client, self.bastion, self.vpc):
            machine.close()

    def converge(self) -> tuple[int, list[dict[str, Any]]]:
        """One run of the unit: its exit code and its events."""
        done = self.bastion.run(RUNNER, "converge", SETTINGS, check=False, environment=ENDPOINT)
        return done.returncode, events_of(done.stderr)

    def log(self) -> str:
        """What OpenVPN, and the helper through it, said."""
        path = self.bastion.path("/var/log/openvpn.log")
        return path.read_text(errors="replace") if path.exists() else ""

    def events(self) -> list[dict[str, Any]]:
        """The helper's events."""
        return events_of(self.log())

    def systemctl(self) -> list[str]:
        """What converge asked of systemd so far."""
        path = self.bastion.path("/run/systemctl.log")
        return path.read_text().splitlines() if path.exists() else []

    def settle(self, settings: Mapping[str, Any]) -> None:
        """Change the bastion's settings."""
        path = self.bastion.path(SETTINGS)
        path.write_text(json.dumps(json.loads(path.read_text()) | dict(settings)))

    def code(self, name: str, *, steps: int = 0) -> str:
        """The code that somebody's device shows, now or so many steps later."""
        seed = content(self.graph, "people")["people"][name]["totp"]
        return factors.code_of(seed, int(time.time()) // factors.STEP_SECONDS + steps)

    def forget_tries(self) -> None:
        """As if five minutes had passed and nobody had ever used a code."""
        for path in self.bastion.path("/var/lib/palisade/mfa").glob("*.json"):
            path.unlink()

    def session(self, name: str, password: str, *, user: str | None = None, profile: str | None = None) -> Session:
        """Start a client; ends with the test that uses it as a context."""
        text = self.profiles[name] if profile is None else profile
        return Session(self.client, self.folder, text, user=user or name, password=password)

    def refusal(self, since: int, reason: str, seconds: float = 20) -> dict[str, Any]:
        """The event, after the first `since` ones, that says why somebody was refused."""
        return wait_until(
            f"a refusal: {reason}",
            lambda: next((one for one in self.events()[since:] if reason in str(one.get("reason"))), None),
            seconds,
            self.log,
        )


def events_of(text: str) -> list[dict[str, Any]]:
    """The lines that are events."""
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"')]


def _udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((RESOLVER, 53))
    return made
