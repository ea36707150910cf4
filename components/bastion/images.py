"""The bastion's operating systems, and the properties that decide how its configuration is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ImageName = Literal["ubuntu-24.04", "ubuntu-26.04"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """An Ubuntu release."""

    release: str
    openvpn: tuple[int, int]
    openssh: tuple[int, int]
    post_quantum_tls: bool
    """Whether its OpenSSL is 3.5 or later and knows X25519MLKEM768; naming it to an older one is fatal."""

    def ami(self, architecture: Literal["arm64", "x86_64"]) -> str:
        """The launch template's reference to Canonical's newest build: EC2 resolves it at every launch."""
        machine = {"x86_64": "amd64", "arm64": "arm64"}[architecture]
        build = f"{self.release}/stable/current/{machine}/hvm/ebs-gp3/ami-id"
        return f"resolve:ssm:/aws/service/canonical/ubuntu/server/{build}"


IMAGES: Final[dict[ImageName, Image]] = {
    "ubuntu-24.04": Image(release="24.04", openvpn=(2, 6), openssh=(9, 6), post_quantum_tls=False),
    "ubuntu-26.04": Image(release="26.04", openvpn=(2, 7), openssh=(10, 2), post_quantum_tls=True),
}
