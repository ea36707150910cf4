"""The controller's PostgreSQL on RDS: encrypted, private, TLS on both sides, backed up (AWS-SG, TLS-INT)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.deis.args import DeisArgs
from components.deis.network_policies import DATABASE_PORT
from components.deis.rds_roots import authority, roots
from components.deis.secrets import make_password
from components.keys import EncryptionKey, EncryptionKeyArgs, log_groups
from components.security_group_rules import RuleMaker

NAME: Final = "deis"
"""Of the database and of its user."""
MONITORING_SECONDS: Final = 60
"""Interval of enhanced monitoring: the processes and the load of the database's own system."""
EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "db-instance": ("maintenance", "configuration change", "failure"),
    "db-parameter-group": ("configuration change",),
}
"""Source -> categories of RDS's events that are reported: exactly those of FSBP's RDS.20 and RDS.21, which scanners
look for."""
LOGS: Final = ("postgresql", "upgrade")
PARAMETERS: Final = {
    # Without it the server also accepts clients without encryption.
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "password_encryption": "scram-sha-256",
    "log_connections": "1",
    "log_disconnections": "1",
}


@dataclass(frozen=True, kw_only=True)
class DatabaseParts:
    """Outputs of the database that other resources need."""

    instance: aws.rds.Instance
    password: pulumi.Output[str]
    ca_pem: str
    """Whom clients trust for its certificate."""
    rules: tuple[pulumi.Resource, ...]
    """Openings between nodes and the database."""


def make_database(name: str, args: DeisArgs, opts: pulumi.ResourceOptions) -> DatabaseParts:
    """Make the instance with its own key, group, parameters and log groups, in the private subnets."""
    child, wanted, tags = f"{name}-database", args.database, args.tags
    kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=args.protect))
    log_names = [f"/aws/rds/instance/{child}/{log}" for log in LOGS]
    key = EncryptionKey(
        child,
        EncryptionKeyArgs(
            description=f"Database of {name}: storage, snapshots, insights and logs",
            context=args.context,
            tags=tags,
            users=[log_groups(args.context, f"/aws/rds/instance/{child}/")],
            protect=args.protect,
        ),
        opts,
    )
    # RDS would create these itself, without key and retention.
    logs = [
        aws.cloudwatch.LogGroup(
            f"{child}-{log_name.rsplit('/', 1)[-1]}",
            name=log_name,
            kms_key_id=key.arn,
            retention_in_days=args.log_retention_days,
            tags=tags.named(log_name),
            opts=kept,
        )
        for log_name in log_names
    ]
    subnets = aws.rds.SubnetGroup(
        child,
        name=child,
        description=f"Private subnets of the database of {name}",
        subnet_ids=list(args.database_subnet_ids.values()),
        tags=tags.named(child),
        opts=opts,
    )
    parameters = aws.rds.ParameterGroup(
        f"{child}-parameters",
        name=f"{child}-{wanted.engine_version}",
        description=f"TLS only, logged: database of {name}",
        family=f"postgres{wanted.engine_version}",
        parameters=[aws.rds.ParameterGroupParameterArgs(name=key_, value=text) for key_, text in PARAMETERS.items()],
        tags=tags.named(child),
        opts=opts,
    )
    group = aws.ec2.SecurityGroup(
        child, description=f"Database of {name}", vpc_id=args.vpc_id, tags=tags.named(child), opts=opts
    )
    rules = RuleMaker(prefix=child, tags=tags, opts=opts).between(
        f"nodes-{DATABASE_PORT}",
        source=args.node_security_group_id,
        target=group.id,
        port=DATABASE_PORT,
        description=f"{name}: PostgreSQL",
    )
    password = make_password(f"{child}-password", opts, rotation=args.rotation)
    monitoring, may_monitor = _monitoring_role(child, args, opts)
    instance = aws.rds.Instance(
        f"{child}-instance",
        identifier=child,
        engine="postgres",
        engine_version=wanted.engine_version,
        auto_minor_version_upgrade=True,
        allow_major_version_upgrade=False,
        instance_class=wanted.instance_class,
        multi_az=wanted.multi_az,
        storage_type="gp3",
        allocated_storage=wanted.storage_gib,
        max_allocated_storage=wanted.largest_storage_gib,
        storage_encrypted=True,
        kms_key_id=key.arn,
        db_name=NAME,
        username=NAME,
        password=password,
        port=DATABASE_PORT,
        ca_cert_identifier=authority(args.context.region),
        db_subnet_group_name=subnets.name,
        parameter_group_name=parameters.name,
        vpc_security_group_ids=[group.id],
        publicly_accessible=False,
        backup_retention_period=wanted.backup_days,
        copy_tags_to_snapshot=True,
        delete_automated_backups=False,
        deletion_protection=wanted.deletion_protection,
        skip_final_snapshot=not wanted.deletion_protection,
        final_snapshot_identifier=f"{child}-final" if wanted.deletion_protection else None,
        enabled_cloudwatch_logs_exports=list(LOGS),
        monitoring_interval=MONITORING_SECONDS,
        monitoring_role_arn=monitoring.arn,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=key.arn,
        tags=tags.named(child),
        opts=pulumi.ResourceOptions.merge(
            kept,
            pulumi.ResourceOptions(
                depends_on=[*logs, may_monitor],
                # AWS upgrades the minor version and grows the storage by itself; both would look like changes.
                ignore_changes=["allocatedStorage"],
            ),
        ),
    )
    if args.topic_arn is not None:
        sources = {"db-instance": instance.identifier, "db-parameter-group": parameters.name}
        for source, categories in EVENTS.items():
            aws.rds.EventSubscription(
                f"{child}-{source}",
                name=f"{child}-{source}",
                sns_topic=args.topic_arn,
                source_type=source,
                source_ids=[sources[source]],
                event_categories=list(categories),
                tags=tags.named(f"{child}-{source}"),
                opts=opts,
            )
    return DatabaseParts(
        instance=instance,
        password=password,
        ca_pem=wanted.ca_pem or roots()[args.context.region],
        rules=tuple(rules),
    )


def _monitoring_role(
    name: str, args: DeisArgs, opts: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The role of enhanced monitoring, with the rights of AWS's own policy, in this account and region only."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "monitoring.rds.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": args.context.account_id}},
    }
    role = aws.iam.Role(
        f"{name}-monitoring",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        tags=args.tags.named(f"{name}-monitoring"),
        opts=opts,
    )
    group = args.context.arn("logs", "log-group:RDSOSMetrics")
    rights = [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
            "Resource": [group, f"{group}:*"],
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
            "Resource": f"{group}:log-stream:*",
        },
    ]
    policy = aws.iam.RolePolicy(
        f"{name}-monitoring",
        role=role.name,
        policy=json.dumps({"Version": "2012-10-17", "Statement": rights}),
        opts=opts,
    )
    return role, policy
