"""Cases of accepting.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.sharing import PERMISSION
from policies.rules.network.front_ports import CLASSIC
from policies.rules.services.accepting import ACCESS_POINT, CALLERS, HEADERS, POINT
from policies.rules.services.records import KAFKA
from policies.rules.tls.edge import SEARCH


def _balancer(**props: Any) -> Item:
    return Item(type="aws:lb/loadBalancer:LoadBalancer", props={"name": "web", **props})


def _point(path: Any = "/uploads", **props: Any) -> Item:
    made = {"fileSystemId": "fs-1", "rootDirectory": {"path": path}, "posixUser": {"uid": 1000, "gid": 1000}, **props}
    return Item(type=ACCESS_POINT, props=made)


def _permission(principal: Any = "s3.amazonaws.com", **props: Any) -> Item:
    return Item(type=PERMISSION, props={"action": "lambda:InvokeFunction", "principal": principal, **props})


CASES: dict[str, tuple[Case, ...]] = {
    HEADERS.id: (
        ok("dropped", _balancer(dropInvalidHeaderFields=True)),
        ok("of_networks", _balancer(loadBalancerType="network")),
        ok("classic_by_default", Item(type=CLASSIC, props={"name": "old"})),
        fail("kept_by_default", _balancer(), at="dropInvalidHeaderFields"),
        fail(
            "monitor",
            _balancer(dropInvalidHeaderFields=True, desyncMitigationMode="monitor"),
            at="desyncMitigationMode",
        ),
        fail("classic", Item(type=CLASSIC, props={"desyncMitigationMode": "monitor"}), at="desyncMitigationMode"),
        unknown("decided_later", _balancer(dropInvalidHeaderFields=UNKNOWN)),
    ),
    POINT.id: (
        ok("folder_and_user", _point()),
        fail("whole_file_system", _point("/"), at="rootDirectory.path"),
        fail("nothing_said", Item(type=ACCESS_POINT, props={"posixUser": {"uid": 1}}), at="rootDirectory.path"),
        fail("any_user", _point(posixUser={}), at="posixUser.uid"),
        unknown("decided_later", _point(UNKNOWN)),
    ),
    CALLERS.id: (
        ok("of_one_bucket", _permission(sourceArn="arn:aws:s3:::uploads")),
        ok("of_one_account", _permission(sourceAccount="123456789012")),
        ok("of_a_role", _permission(principal="arn:aws:iam::123456789012:role/app")),
        ok("brokers", Item(type=KAFKA, props={"clientAuthentication": {"unauthenticated": False}})),
        fail("of_any_bucket", _permission(), at="sourceArn"),
        fail("anybody", Item(type=KAFKA, props={"clusterName": "e"}), at="clientAuthentication.unauthenticated"),
        fail("domain", Item(type=SEARCH, props={"domainName": "d"}), at="advancedSecurityOptions.enabled"),
        unknown("decided_later", _permission(principal=UNKNOWN)),
    ),
}
