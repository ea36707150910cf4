"""The bastion's own settings, /etc/palisade/agent.json: names and paths, no secrets."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Duo:
    """How to reach Duo."""

    host: str
    integration_key: str
    port: int = 443
    ca: str = "/etc/ssl/certs/ca-certificates.crt"
    """Trusted roots. Ubuntu's: those that the packaged client brings along expired in 2026."""


@dataclass(frozen=True)
class Config:
    """All settings. Secrets are named by ARN and fetched at run time."""

    region: str
    server_arn: str
    people_arn: str
    duo_arn: str
    """Empty unless the factor is Duo."""
    allocation: str
    """Allocation of the address that the bastion gives itself; empty to leave it as it is."""
    address: str
    log_group: str
    mfa_seconds: int
    duo: Duo | None = None
    run: Path = Path("/run/palisade")
    """Secrets, in memory only."""
    state: Path = Path("/var/lib/palisade")
    user: str = "palisade-vpn"
    """Whom OpenVPN and its helper become."""
    ssh_group: str = "palisade-ssh"
    ssh_keys: Path = Path("/etc/ssh/palisade_keys")
    openvpn_unit: str = "openvpn-server@palisade.service"
    metadata: str = "http://169.254.169.254"

    @property
    def people(self) -> Path:
        """The list of people, as last read."""
        return self.run / "people.json"

    @property
    def duo_key(self) -> Path:
        """Duo's secret key."""
        return self.run / "duo.key"

    @property
    def attempts(self) -> Path:
        """Folder of the helper's record of each person's tries."""
        return self.state / "mfa"

    @property
    def peers(self) -> Path:
        """Folder in which OpenVPN gives the helper a peer's certificate."""
        return self.run / "peers"

    @property
    def management(self) -> Path:
        """Socket of OpenVPN's management interface."""
        return self.run / "management.sock"


def load(path: str) -> Config:
    """The settings; an invalid file ends the program, which refuses the request."""
    values = json.loads(Path(path).read_text())
    for name in ("run", "state", "ssh_keys"):
        if name in values:
            values[name] = Path(values[name])
    duo = values.pop("duo", None)
    return Config(duo=Duo(**duo) if duo else None, **values)
