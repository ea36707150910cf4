"""The resource types of the stand-in, a file for each subject."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.providers.aws.kind import Kind
from sandbox.providers.aws.types import (
    account_switches,
    certificates,
    compute,
    database,
    detection,
    dns_firewall,
    eks,
    eks_access,
    events,
    iam,
    iam_policies,
    iam_users,
    kms,
    load_balancing,
    monitoring,
    routing,
    s3,
    secrets,
    security_groups,
    vpc,
)

SUBJECTS = (
    account_switches, certificates, compute, database, detection, dns_firewall, eks, eks_access, events, iam,
    iam_policies, iam_users, kms, load_balancing, monitoring, routing, s3, secrets, security_groups, vpc,
)  # fmt: skip
KINDS: Mapping[str, Kind] = {kind.token: kind() for subject in SUBJECTS for kind in subject.KINDS}
"""Type token -> its handler."""
