"""The VPN bastion: the only way to the Kubernetes API for people, and only with a certificate and a second factor."""

from components.bastion.args import Duo, Totp, VpnBastionArgs, egress_domains
from components.bastion.bastion import VpnBastion

__all__ = ["Duo", "Totp", "VpnBastion", "VpnBastionArgs", "egress_domains"]
