"""The components that the package offers, and its name and version."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pulumi

from components.account import Account, AccountArgs
from components.alarms import AlarmTopic, AlarmTopicArgs
from components.baseline import Baseline, BaselineArgs
from components.bastion import VpnBastion, VpnBastionArgs
from components.certificate import PublicCertificate, PublicCertificateArgs
from components.cluster import Cluster, ClusterArgs
from components.deis import Deis, DeisArgs
from components.network import Network, NetworkArgs
from components.observability import Observability, ObservabilityArgs
from package.remote import remote

NAME: Final = "palisade"

ARGUMENTS: Final[dict[type[pulumi.ComponentResource], type]] = {
    Account: AccountArgs,
    AlarmTopic: AlarmTopicArgs,
    Baseline: BaselineArgs,
    Cluster: ClusterArgs,
    Deis: DeisArgs,
    Network: NetworkArgs,
    Observability: ObservabilityArgs,
    PublicCertificate: PublicCertificateArgs,
    VpnBastion: VpnBastionArgs,
}
"""Component -> its arguments."""

COMPONENTS: Final = tuple(remote(component, arguments) for component, arguments in ARGUMENTS.items())


def version() -> str:
    """The release; the repository's tags are `v` and the release."""
    project = Path(__file__).parents[1] / "pyproject.toml"
    return tomllib.loads(project.read_text())["project"]["version"]
