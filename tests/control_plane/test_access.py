"""Whom the API server lets in, and to what: the people of the list by their IAM roles, as EKS does, and nobody else."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.automation import AutomationPrincipal, AutomationRole
from components.cluster.access import GROUPS
from components.cluster.kubeconfig import kubeconfig as program_kubeconfig
from components.cluster.roles import trust as trust_of_service
from components.people import Role
from sandbox.emulator.access.tokens import PREFIX
from sandbox.engine import binaries, identities
from sandbox.engine.environment import AWS
from sandbox.engine.identities import REGION
from sandbox.engine.processes import clean_environment
from sandbox.engine.state import State
from sandbox.providers.kubernetes.api import Api, ApiError
from sandbox.providers.kubernetes.kubeconfig import Connection
from tests.control_plane.conftest import eventually
from tests.support.program.baseline_of import bodies, of_baseline
from tests.support.program.cluster_of import recorded
from tests.unit.test_access_tokens import Credentials, changed

CLUSTER = "pal"
EDITED = "edited"
"""The namespace in which operators have EKS's own rights; `shop` is a team's, with the baseline's."""
RIGHTS_KINDS = ("Namespace", "ClusterRole", "ClusterRoleBinding", "RoleBinding")
TOKEN_CACHE_SECONDS = 10
"""How long the API server keeps a good token: TokenSuccessCacheTTL of Kubernetes 1.35."""


AUTOMATION: tuple[AutomationRole, ...] = ("deploy", "preview")
NAMES: Mapping[str, Role | AutomationRole] = {
    "ada": "admin",
    "grace": "operator",
    "lin": "viewer",
    "deploy": "deploy",
    "preview": "preview",
}
EVERYBODY, ADMIN = tuple(NAMES), ("ada", "deploy")
WRITERS = (*ADMIN, "grace")


@dataclass(frozen=True)
class Account:
    """The emulated AWS of these tests."""

    port: int
    server: str
    authority: str

    def client(self, service: str) -> Any:
        return identities._client(service, self.port)

    def environment(self, role: str) -> dict[str, str]:
        """AWS's variables of a new session of a role."""
        made = self.client("sts").assume_role(RoleArn=_arn(role), RoleSessionName=f"{role}@example.org")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"],
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def kubeconfig(self, role: str) -> str:
        """The program's own, whose plugin runs with the variables of that role."""
        document = json.loads(program_kubeconfig(CLUSTER, REGION, self.server, self.authority))
        plugin = document["users"][0]["user"]["exec"]
        plugin["command"] = str(Path(sys.executable).with_name("aws"))
        plugin["env"] = [{"name": name, "value": value} for name, value in self.environment(role).items()]
        return json.dumps(document)

    def token(self, role: str, cluster: str = CLUSTER) -> str:
        own = self.environment(role)
        keys = (own[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
        return Credentials(*keys).sign(cluster, endpoint=f"http://127.0.0.1:{self.port}")

    def api(self, role: str) -> Api:
        """The role's way to the cluster."""
        return Api(self.kubeconfig(role))

    def let_in(self, role: str, policy: str | None = None, **scope: Any) -> None:
        """Makes a role with an access entry, and a policy of EKS."""
        arn = _arn(role)
        identities.make_roles(self.port, [arn])
        eks, place = self.client("eks"), {"clusterName": CLUSTER, "principalArn": arn}
        eks.create_access_entry(**place)
        if policy:
            policy_arn = f"arn:aws:eks::aws:cluster-access-policy/{policy}"
            eks.associate_access_policy(**place, policyArn=policy_arn, accessScope=scope or {"type": "cluster"})


@pytest.fixture(scope="module")
def account(state: State, api: Api) -> Iterator[Account]:
    """A cluster with the entries that the component makes, and the namespaces and rights of the baseline."""
    admin = yaml.safe_load(state.admin_kubeconfig.read_text())["clusters"][0]["cluster"]
    port = state.services()[AWS].port
    made = Account(port, admin["server"], admin["certificate-authority-data"])
    _make_cluster(made)
    automation = [AutomationPrincipal(name=name, principal_arn=_arn(name), role=name) for name in AUTOMATION]
    identities.make_roles(port, map(_arn, AUTOMATION))
    graph, eks = recorded(operator_namespaces=[EDITED], automation=automation), made.client("eks")
    for entry in graph.of("eks/accessEntry:AccessEntry"):
        wanted = {name: entry.inputs[name] for name in ("principalArn", "kubernetesGroups", "type")}
        eks.create_access_entry(clusterName=CLUSTER, **wanted)
    for association in graph.of("eks/accessPolicyAssociation:AccessPolicyAssociation"):
        wanted = {name: association.inputs[name] for name in ("principalArn", "policyArn", "accessScope")}
        eks.associate_access_policy(clusterName=CLUSTER, **wanted)
    for body in bodies(of_baseline()):
        if body["kind"] in RIGHTS_KINDS:
            api.apply(body)
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": EDITED}})
    yield made
    eks.delete_cluster(name=CLUSTER)


def _arn(role: str) -> str:
    return f"arn:aws:iam::123456789012:role/{role}"


def _make_cluster(account: Account) -> None:
    ec2, trust = account.client("ec2"), trust_of_service("eks.amazonaws.com", None)
    role = account.client("iam").create_role(RoleName="eks", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for index, zone in enumerate("ab")
    ]
    account.client("eks").create_cluster(
        name=CLUSTER,
        roleArn=role,
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        resourcesVpcConfig={"subnetIds": [subnet["SubnetId"] for subnet in subnets]},
    )


@pytest.fixture(scope="module")
def person(account: Account) -> Callable[[str], Api]:
    """A role's way to the cluster, one for all tests: the token of its plugin is kept as client-go keeps it."""
    return functools.cache(account.api)


def may(api: Api, verb: str, path: str, namespace: str = "") -> bool:
    """Whether its user may; `path` is apps/deployments, pods/log, or, with a leading slash, no resource."""
    spec: dict[str, Any] = {"nonResourceAttributes": {"verb": verb, "path": path}}
    if not path.startswith("/"):
        first, _, rest = path.partition("/")
        group, path = (first, rest) if "." in first or first in ("apps", "batch") else ("", path)
        resource, _, subresource = path.partition("/")
        attributes = {"group": group, "resource": resource, "subresource": subresource}
        spec = {"resourceAttributes": {**attributes, "verb": verb, "namespace": namespace}}
    kinds = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = api.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {**kinds, "spec": spec})
    return bool(answer["status"].get("allowed"))


def refused(account: Account, token: str) -> bool:
    """Whether the API server does not take the token for anybody's."""
    document = json.loads(program_kubeconfig(CLUSTER, REGION, account.server, account.authority))
    document["users"][0]["user"] = {"token": token}
    try:
        Api(json.dumps(document)).request("GET", "/api")
    except ApiError as fault:
        return fault.status == 401
    return False


RIGHTS = [
    ("get", "pods", "shop", EVERYBODY),
    ("list", "apps/deployments", "kube-system", EVERYBODY),
    ("get", "pods/log", EDITED, EVERYBODY),
    ("list", "nodes", "", EVERYBODY),
    ("create", "apps/deployments", "shop", WRITERS),
    ("create", "apps/deployments", EDITED, WRITERS),
    ("create", "apps/deployments", "default", ADMIN),
    ("create", "apps/deployments", "kube-system", ADMIN),
    ("get", "secrets", "shop", ADMIN),
    ("create", "pods/exec", "shop", ADMIN),
    # AmazonEKSEditPolicy allows more than the baseline's operators have.
    ("get", "secrets", EDITED, WRITERS),
    ("create", "pods/exec", EDITED, WRITERS),
    ("get", "secrets", "kube-system", ADMIN),
    ("list", "secrets", "", ADMIN),
    ("create", "rbac.authorization.k8s.io/rolebindings", EDITED, ADMIN),
    ("escalate", "rbac.authorization.k8s.io/clusterroles", "", ADMIN),
    ("get", "rbac.authorization.k8s.io/clusterroles", "", (*ADMIN, "preview")),
    ("patch", "rbac.authorization.k8s.io/clusterroles", "", ADMIN),
    ("create", "admissionregistration.k8s.io/validatingadmissionpolicies", "", ADMIN),
    ("patch", "configmaps", "shop", WRITERS),
    ("impersonate", "users", "", ADMIN),
    ("delete", "namespaces", "", ADMIN),
    ("create", "apps/daemonsets", "shop", ADMIN),
    ("delete", "nodes", "", ADMIN),
    ("get", "/metrics", "", ADMIN),
    ("get", "/version", "", EVERYBODY),
]
"""Verb, resource, namespace and who may: docs/baseline.md, components/cluster/access.py and EKS's access policies."""


@pytest.mark.parametrize("name", NAMES)
def test_everybody_is_known_by_their_role_and_session(person: Callable[[str], Api], name: str) -> None:
    kinds = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    user = person(name).request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", kinds)["status"][
        "userInfo"
    ]
    assert user["username"] == f"arn:aws:sts::123456789012:assumed-role/{name}/{name}-example.org"
    assert user["groups"] == [GROUPS[NAMES[name]], "system:authenticated"]
    assert user["uid"].startswith("aws-iam-authenticator:123456789012:AROA")
    assert user["extra"]["sessionName"] == [f"{name}@example.org"]
    assert user["extra"]["canonicalArn"] == [f"arn:aws:iam::123456789012:role/{name}"]


@pytest.mark.parametrize("name", NAMES)
def test_everybody_may_do_what_the_documents_say_and_no_more(person: Callable[[str], Api], name: str) -> None:
    # The controllers gather the rules of `view` in the first seconds of a cluster.
    eventually(lambda: may(person(name), "get", "pods", "shop"))
    wrong = [
        f"{verb} {path} {namespace}: {'refused' if name in names else 'allowed'}"
        for verb, path, namespace, names in RIGHTS
        if may(person(name), verb, path, namespace) != (name in names)
    ]
    assert not wrong


def test_kubectl_uses_the_same_kubeconfig(account: Account, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(program_kubeconfig(CLUSTER, REGION, account.server, account.authority))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(role: str) -> subprocess.CompletedProcess[str]:
        environment = clean_environment(**account.environment(role), KUBECONFIG=str(file), PATH=path)
        command = [str(binaries.find(print)["kubectl"]), "get", "namespaces", "--output", "name"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    done = run("lin")
    assert done.returncode == 0, done.stderr
    assert "namespace/shop" in done.stdout
    identities.make_roles(account.port, [_arn("stray")])
    assert "You must be logged in to the server" in run("stray").stderr


class TestNobodyElse:
    """No entry, no access."""

    def test_a_role_without_an_entry_is_refused_in_the_words_of_the_real_provider(self, account: Account) -> None:
        identities.make_roles(account.port, [_arn("stray")])
        with pytest.raises(ApiError, match="the server has asked for the client to provide credentials"):
            account.api("stray").request("GET", "/api")

    def test_the_account_s_own_keys_let_nobody_in(self, account: Account) -> None:
        own = Credentials("testing", "testing")
        assert refused(account, own.sign(CLUSTER, endpoint=f"http://127.0.0.1:{account.port}"))

    def test_a_role_of_another_account_with_the_same_name_is_another(self, account: Account) -> None:
        """moto makes it in that account's IAM; the entry is of the first account's."""
        sts = account.client("sts")
        with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn="arn:aws:iam::210987654321:role/ada", RoleSessionName="ada")

    def test_tokens_that_are_not_exactly_one_are_refused(self, account: Account) -> None:
        good = account.token("ada")
        assert not refused(account, good)
        for token in (
            "",
            "x",
            PREFIX,
            good[:-1],
            good.replace("v1", "v2", 1),
            changed(good, X_Amz_Signature="0" * 64),
            changed(good, X_Amz_Security_Token=None),
            changed(good, X_Amz_Date="20260101T000000Z"),
            account.token("ada", cluster="other"),
        ):
            assert refused(account, token), token[:40]

    def test_service_accounts_and_certificates_go_on_as_before(self, account: Account, api: Api) -> None:
        path = "/api/v1/namespaces/default/serviceaccounts/default/token"
        made = eventually(lambda: _made(api, path))
        assert not refused(account, made["status"]["token"])
        assert may(api, "*", "*")


def _made(api: Api, path: str) -> Any:
    with contextlib.suppress(ApiError):
        return api.request("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"})


class TestAccessPolicies:
    """What EKS's webhook does otherwise than role bindings would."""

    def test_an_administrator_gives_rights_to_others(self, person: Callable[[str], Api]) -> None:
        assert person("ada").apply(binding("given-by-ada"))

    def test_who_has_only_the_namespaced_policy_cannot(self, account: Account, person: Callable[[str], Api]) -> None:
        account.let_in("deputy", "AmazonEKSAdminPolicy", type="namespace", namespaces=["edi*"])
        assert may(person("deputy"), "create", "rbac.authorization.k8s.io/rolebindings", EDITED)
        assert not may(person("deputy"), "create", "rbac.authorization.k8s.io/rolebindings", "shop")
        with pytest.raises(ApiError, match="attempting to grant RBAC permissions not currently held"):
            person("deputy").apply(binding("given-by-a-deputy"))

    def test_the_policy_that_sees_everything_changes_nothing(
        self, account: Account, person: Callable[[str], Api]
    ) -> None:
        account.let_in("auditor", "AmazonEKSAdminViewPolicy")
        assert may(person("auditor"), "list", "secrets")
        assert not may(person("auditor"), "get", "/metrics")
        assert not may(person("auditor"), "create", "configmaps", EDITED)

    def test_an_entry_alone_lets_in_to_nothing(self, account: Account, person: Callable[[str], Api]) -> None:
        account.let_in("guest")
        assert may(person("guest"), "get", "/version")
        assert not may(person("guest"), "get", "pods", EDITED)

    def test_the_rules_of_a_policy_are_not_listed(self, person: Callable[[str], Api]) -> None:
        review = {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "spec": {"namespace": "x"}}
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        status = person("ada").request("POST", path, review)["status"]
        assert status["incomplete"]
        assert not [rule for rule in status["resourceRules"] if "*" in rule["verbs"]]

    def test_who_impersonates_has_none(self, account: Account) -> None:
        connection = Connection(account.kubeconfig("ada"))

        def status(**more: str) -> int:
            url, headers = f"{account.server}/api/v1/namespaces/default/secrets", connection.headers()
            return connection.pool.request("GET", url, headers={**headers, **more}).status

        itself = "arn:aws:sts::123456789012:assumed-role/ada/ada-example.org"
        assert (status(), status(**{"Impersonate-User": itself})) == (200, 403)


def binding(name: str) -> dict[str, Any]:
    group = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "others"}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": EDITED},
        "roleRef": {"kind": "ClusterRole", "apiGroup": "rbac.authorization.k8s.io", "name": "view"},
        "subjects": [group],
    }


class TestLeaving:
    """Whose entry is deleted has nothing more; last, because the entries are others' as well."""

    def test_who_is_taken_out_is_refused_at_once(self, account: Account, person: Callable[[str], Api]) -> None:
        account.let_in("leaver", "AmazonEKSClusterAdminPolicy")
        leaver = person("leaver")
        assert may(leaver, "list", "secrets")
        account.client("eks").delete_access_entry(clusterName=CLUSTER, principalArn=_arn("leaver"))
        # The API server may know the token for some seconds more; what it may do, nobody remembers.
        gone = time.monotonic()
        with pytest.raises(ApiError) as caught:
            leaver.request("GET", "/api/v1/secrets")
        assert caught.value.status in (401, 403)
        eventually(lambda: refused(account, account.token("leaver")))
        with contextlib.suppress(ApiError):
            while time.monotonic() - gone < TOKEN_CACHE_SECONDS + 5:
                leaver.request("GET", "/api")
                time.sleep(0.5)
            pytest.fail("a deleted entry's token is still taken")

    def test_another_role_of_the_same_name_is_not_let_in(self, account: Account) -> None:
        account.let_in("renewed", "AmazonEKSViewPolicy")
        before = account.token("renewed")
        assert not refused(account, before)
        account.client("iam").delete_role(RoleName="renewed")
        identities.make_roles(account.port, [_arn("renewed")])
        assert refused(account, account.token("renewed"))
