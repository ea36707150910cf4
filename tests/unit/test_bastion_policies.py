"""The bastion under the whole pack, and on the emulated AWS: what is described is allowed, and can be made."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.bastion import Totp, VpnBastion
from policies.kernel.policy import ADVISORY
from policies.kernel.resource import Resource
from policies.kernel.value import Value
from policies.registry import POLICIES
from tests.conftest import Deploy
from tests.support.program.bastion_of import DUO, arguments, recorded_with


@pytest.mark.parametrize("mfa", [Totp(), DUO], ids=["totp", "duo"])
@pytest.mark.parametrize("sources", [["0.0.0.0/0"], ["203.0.113.0/24"]], ids=["world", "office"])
def test_no_policy_has_anything_against_it(mfa: Any, sources: list[str]) -> None:
    graph, _ = recorded_with(mfa=mfa, source_cidrs=sources)
    judged, found = 0, []
    for one in graph.resources:
        for policy in POLICIES:
            if policy.rule is None or one.type not in policy.types:
                continue
            resource = Resource(
                type=one.type,
                name=one.name,
                urn=one.urn,
                props=Value(one.inputs),
                settings=policy.configuration(None),
                component=one.component,
            )
            judged += 1
            if policy.level is not ADVISORY:
                found += [(one.name, policy.message(violation)) for violation in policy.judge(resource).violations]
    assert judged > 0
    assert found == []


def test_aws_takes_all_of_it(deploy: Deploy) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.40.0.0/16")
        subnet = aws.ec2.Subnet("a", vpc_id=vpc.id, cidr_block="10.40.0.0/24", availability_zone="eu-central-1a")
        made = VpnBastion("vpn", arguments(vpc_id=vpc.id, public_subnet_ids={"a": subnet.id}, topic_arn=None))
        pulumi.export("endpoint", made.endpoint)
        pulumi.export("profiles", made.profiles)
        pulumi.export("enrolments", made.enrolments)
        pulumi.export("knownHosts", made.known_hosts)

    deploy(program, preview=True)
    run = deploy(program)
    assert run.exports["endpoint"].endswith(":1194/udp")
    assert run.secret_exports == {"profiles", "enrolments"}
    assert run.only("VpnBastion").secrets == {"profiles", "enrolments"}
