"""The VPN bastion as a component (VPN-MFA, SSH-CFG, SSH-USER, TLS-INT, AWS-SG, INH-1, INH-3)."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.bastion import openvpn
from components.bastion.alarms import make_alarms
from components.bastion.args import Duo, VpnBastionArgs
from components.bastion.credentials import Credentials, enrolment, known_hosts, make_credentials, profile
from components.bastion.firewall import make_firewall
from components.bastion.machine import MachineArgs, make_machine
from components.bastion.rights import RightsArgs, make_rights
from components.bastion.user_data import AgentOptions, packed
from components.context import AwsContext
from components.keys import EncryptionKey, EncryptionKeyArgs, log_groups

MOST_CLIENTS: Final = 100
OWN_ADDRESSES: Final = 3
"""Of the clients' range: network, server, broadcast."""


class VpnBastion(pulumi.ComponentResource):
    """OpenVPN and sshd on one instance, which applies the list of people every minute. The instance has the same name.

        bastion = VpnBastion("vpn", VpnBastionArgs(
            context=context, tags=tags, people=people, topic_arn=topic.arn, resolver=network.resolver_ip,
            vpc_id=network.vpc_id, public_subnet_ids=network.public_subnet_ids,
            private_cidrs=[*network.private_subnet_cidrs.values(), *network.intra_subnet_cidrs.values()],
            api_security_group_ids={"palisade": cluster.api_security_group_id},
        ))

    Makes the address, the security group, key, log group, secrets, role, launch template and auto-scaling group, an
    authority of its own and, for each person, a certificate, a tls-crypt-v2 key and, with TOTP, a seed. `pulumi up`
    removes from the secret a person who is no longer in `people`, and the bastion locks them out within five minutes;
    the instance stays. Any other change of the bastion replaces the instance; the address stays.

    What cannot happen, and where it is prevented:

    1. Access with a certificate alone: OpenVPN asks the agent (agent/verify.py), which refuses everything unexpected,
       including a second factor that does not answer.
    2. Access by an old list: a list is valid for three minutes after it was last read (agent/access.py).
    3. A secret in the user data: it contains names and ARNs only, and the role can read exactly those.
    4. Use of one person's code or token by another: only the certificate's CN identifies a person.

    Raises:
        ArgumentError: an argument is not allowed (see VpnBastionArgs.faults).
        ValueError: the user data would not fit into EC2.
    """

    endpoint: pulumi.Output[str]
    """`<address>:<port>/udp`."""
    public_ip: pulumi.Output[str]
    """The Elastic IP, which every profile contains."""
    security_group_id: pulumi.Output[str]
    """On the instance."""
    profiles: dict[str, pulumi.Output[str]]
    """Person -> their .ovpn file, a secret. Hand it out once, and again when their certificate was renewed."""
    enrolments: dict[str, pulumi.Output[str]]
    """Person -> otpauth:// URI of their authenticator application, a secret. Empty with Duo."""
    known_hosts: pulumi.Output[str]
    """Lines for people's known_hosts: the bastion's SSH host keys, at its address in the tunnel."""
    log_group_name: str
    """Where the journal goes."""

    def __init__(self, name: str, args: VpnBastionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:bastion:VpnBastion", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect)
        self.log_group_name = f"/palisade/{name}"
        key = EncryptionKey(
            f"{name}-data",
            EncryptionKeyArgs(
                description=f"Secrets and log of the VPN bastion {name}",
                context=args.context,
                tags=args.tags,
                users=[log_groups(args.context, self.log_group_name)],
                protect=args.protect,
            ),
            child,
        )
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=self.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=key.arn,
            tags=args.tags.named(self.log_group_name),
            opts=kept,
        )
        # It is part of every person's profile.
        address = aws.ec2.Eip(f"{name}-address", domain="vpc", tags=args.tags.named(name), opts=kept)
        group, rules = make_firewall(name, args, self)
        credentials = make_credentials(name, args, key, self)
        instance_profile, rights = make_rights(
            name,
            RightsArgs(
                context=args.context,
                tags=args.tags,
                secrets=[secret.arn for secret in credentials.secrets.values()],
                key=key.arn,
                allocation=address.allocation_id,
                log_group_name=self.log_group_name,
            ),
            self,
        )
        make_machine(
            name,
            args,
            MachineArgs(
                profile=instance_profile,
                security_group_id=group.id,
                user_data=_user_data(args, credentials, address, self.log_group_name),
                after=[log, *rules, *rights, *credentials.versions],
            ),
            self,
        )
        if args.topic_arn is not None:
            make_alarms(name, log.name, args.topic_arn, args.tags, self)
        self.public_ip, self.security_group_id = address.public_ip, group.id
        self.endpoint = address.public_ip.apply(lambda ip: f"{ip}:{args.port}/udp")
        self.known_hosts = known_hosts(credentials, openvpn.server_address(args.client_cidr))
        self.profiles = {
            who: profile(credentials, member, address.public_ip, args.port)
            for who, member in credentials.members.items()
        }
        enrolments = {who: enrolment(name, member) for who, member in credentials.members.items()}
        self.enrolments = {who: uri for who, uri in enrolments.items() if uri is not None}
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "publicIp": self.public_ip,
                "securityGroupId": self.security_group_id,
                "profiles": self.profiles,
                "enrolments": self.enrolments,
                "knownHosts": self.known_hosts,
                "logGroupName": self.log_group_name,
            }
        )


def private_domains(context: AwsContext) -> list[str]:
    """Names that a client resolves in the VPC; its other DNS stays unchanged, where its system supports it."""
    return [f"{context.region}.eks.amazonaws.com", context.instance_domain]


def _user_data(
    args: VpnBastionArgs, credentials: Credentials, address: aws.ec2.Eip, log_group: str
) -> pulumi.Output[str]:
    duo = (
        {"host": args.mfa.api_host, "integration_key": args.mfa.integration_key} if isinstance(args.mfa, Duo) else None
    )
    clients = ipaddress.IPv4Network(args.client_cidr).num_addresses - OWN_ADDRESSES

    def rendered(known: dict[str, Any]) -> str:
        settings = {
            "region": args.context.region,
            "log_group": log_group,
            "mfa_seconds": openvpn.MFA_SECONDS,
            **known,
            **({"duo": duo} if duo else {}),
        }
        return packed(
            AgentOptions(
                settings=settings,
                image=args.image,
                port=args.port,
                client_cidr=args.client_cidr,
                private_cidrs=args.private_cidrs,
                client_ports=sorted(args.client_ports),
                resolver=args.resolver,
                domains=private_domains(args.context),
                max_clients=min(MOST_CLIENTS, clients),
                duo=duo is not None,
            )
        )

    return pulumi.Output.all(
        server_arn=credentials.arn("server"),
        people_arn=credentials.arn("people"),
        duo_arn=credentials.arn("duo"),
        allocation=address.allocation_id,
        address=address.public_ip,
    ).apply(rendered)
