"""The operations of the emulator, by service and name.

An operation that returns None leaves the request to moto: it is a check, or makes a precondition of moto's operation.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.emulator.call import Operation
from sandbox.emulator.services import (
    accessanalyzer,
    backup,
    cloudtrail,
    ec2,
    eks,
    guardduty,
    logs,
    nat_gateways,
    regions,
    route53resolver,
    small,
    ssm,
)

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "accessanalyzer": accessanalyzer.OPERATIONS,
    "acm": small.ACM,
    "autoscaling": small.AUTOSCALING,
    "backup": backup.OPERATIONS,
    "cloudtrail": cloudtrail.OPERATIONS,
    "cloudwatch": small.CLOUDWATCH,
    "ec2": {**ec2.OPERATIONS, **nat_gateways.OPERATIONS, **regions.EC2},
    "eks": eks.OPERATIONS,
    "elbv2": regions.ELBV2,
    "guardduty": guardduty.OPERATIONS,
    "iam": small.IAM,
    "kms": small.KMS,
    "logs": logs.OPERATIONS,
    "rds": {**small.RDS, **regions.RDS},
    "route53resolver": route53resolver.OPERATIONS,
    "ssm": ssm.OPERATIONS,
    "sts": small.STS,
}
