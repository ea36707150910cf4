"""Settings of the people: one list for VPN, SSH, cluster and alarms (SSH-USER, VPN-MFA)."""

from __future__ import annotations

from components.people import Person, Role
from components.settings.base import Section


class PersonSettings(Section):
    """An entry of `palisade:people`."""

    name: str
    email: str
    role: Role
    iam_principal: str
    ssh_key: str
    vpn_certificate_request: str | None = None
    generate_vpn_key: bool = False

    def to_args(self) -> Person:
        """The person as an argument of the components."""
        return Person(**{**self.model_dump(), "ssh_key": self.ssh_key.strip()})
