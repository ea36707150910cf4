"""All settings sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import pulumi
from pydantic import Field, SecretStr

from components.foundation import Layer
from components.settings.account import AccountSettings
from components.settings.alerts import AlertsSettings
from components.settings.automation import AutomationSettings
from components.settings.base import Section, secret
from components.settings.baseline import BaselineSettings
from components.settings.certificates import CertificateSettings
from components.settings.cluster import ClusterSettings
from components.settings.deis import DeisSecrets, DeisSettings
from components.settings.network import NetworkSettings
from components.settings.people import PersonSettings
from components.settings.vpn import VpnSettings
from components.tags import Tags

SECRETS = frozenset({"certificateKeys", "deisCertificateKey", "deisRegistryPassword", "duoSecretKey"})
"""Keys whose values must be set with `pulumi config set --secret`."""

SHARED: Final = frozenset({"layer", "owner", "tags", "protect_data"})
"""Settings of every stack."""
PLATFORM: Final = frozenset(
    {"foundation", "baseline", "deis", "kubeconfig", "deis_certificate_key", "deis_registry_password"}
)
"""Settings of the platform; all others are the foundation's."""
TWO_STACKS: Final = frozenset({"foundation", "abandoned_platform"})
"""Settings that have no meaning where one stack holds both layers."""


class Settings(Section):
    """All settings under `palisade:` in the stack's configuration."""

    layer: Layer
    """foundation: account, network, VPN, cluster and alarms; AWS's APIs only. platform: what needs the private
    Kubernetes API. all: both in one stack, for machines that reach that API before the VPN exists."""
    foundation: str | None = None
    """Of a platform: full name of the foundation's stack, such as example-org/palisade/production."""
    abandoned_platform: str | None = None
    """Of a foundation: full name of the platform's stack that no longer keeps it from being destroyed."""
    environment: Literal["production", "development", "sandbox"] = "production"
    """Decides protection: in production data and cluster are protected from deletion."""
    protect_data: bool = True
    """False lifts the protection of data (database, buckets, keys, logs), before a stack is torn down."""
    name: str = "palisade"
    """What every resource is called after, the cluster above all; two stacks of one account need two names."""
    owner: str
    """Team that answers for the stack; a tag of every resource."""
    tags: dict[str, str] = Field(default_factory=dict)
    account: AccountSettings = AccountSettings()
    network: NetworkSettings = NetworkSettings()
    people: tuple[PersonSettings, ...] = ()
    automation: tuple[AutomationSettings, ...] = ()
    """Roles of CI and other programs that use the cluster."""
    vpn: VpnSettings = VpnSettings()
    cluster: ClusterSettings = ClusterSettings()
    alerts: AlertsSettings = AlertsSettings()
    certificates: tuple[CertificateSettings, ...] = ()
    """Publicly trusted certificates in ACM, for load balancers."""
    certificate_keys: dict[str, SecretStr] = Field(default_factory=dict)
    """Name of a certificate with a chain -> its private key, PEM."""
    baseline: BaselineSettings = BaselineSettings()
    """What holds in the cluster for everybody."""
    deis: DeisSettings | None = None
    """Absent: no Deis in this environment."""
    kubeconfig: str | None = None
    """Path of a kubeconfig to use for the platform; absent: the cluster's own, with `aws eks get-token`."""
    duo_secret_key: SecretStr | None = None
    deis_certificate_key: SecretStr | None = None
    """PEM: the private key of `deis.certificateChain`."""
    deis_registry_password: SecretStr | None = None
    """Of `deis.registry`."""

    @property
    def has_foundation(self) -> bool:
        """Whether the stack contains the foundation."""
        return self.layer != "platform"

    @property
    def has_platform(self) -> bool:
        """Whether the stack contains the platform."""
        return self.layer != "foundation"

    def tags_to_args(self, stack: str, environment: str | None = None) -> Tags:
        """The tags of every resource of a stack; a platform gets its environment from the foundation."""
        return Tags(owner=self.owner, environment=environment or self.environment, stack=stack, extra=dict(self.tags))

    @classmethod
    def fits(cls, name: str, layer: Layer) -> bool:
        """Whether a stack of the layer accepts a setting, by the field's name."""
        if name in SHARED:
            return True
        if layer == "all":
            return name not in TWO_STACKS
        return (name in PLATFORM) is (layer == "platform")

    def deis_secrets(self, keep: Callable[[SecretStr], pulumi.Input[str]] = secret) -> DeisSecrets:
        """The secret settings for `DeisSettings.to_args`; `keep` converts a secret to an argument."""
        return DeisSecrets(
            certificate_key=self.deis_certificate_key, registry_password=self.deis_registry_password, keep=keep
        )
