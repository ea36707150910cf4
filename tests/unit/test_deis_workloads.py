"""The pods of Deis: as hard as their images bear, with the rights that their code uses, on the paths that they need."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from typing import Any

import pytest

from components.deis.rights import CLUSTER_RULES, NAMESPACE_RULES
from policies.guidelines.deis import BUILDER, CONTROLLER, NAMESPACE, ROUTER
from sandbox.providers.mocks import Registered, Run
from tests.support.program.deis_of import WITH_PODS, environment_of, objects, of_deis, pod_of

Objects = dict[tuple[str, str], Registered]
CRON = ("CronJob", "deis-restart")
WATCH = ("CronJob", "deis-certificate")
COPIES = ("Job", "deis-key-copies")
WITHOUT_TOKEN = {WATCH, ("Job", "deis-bootstrap")}
ROOT_IS_WRITABLE = {BUILDER, ROUTER}
"""Exceptions: their images write beside their own files (builder.py, router.py)."""
ROOT_USER = {BUILDER}
"""Exception: nothing says that its image runs as anybody else (builder.py)."""

TAKEN_BACK = {BUILDER: {"add": ["DAC_OVERRIDE"]}}
"""Exception: it works in a folder that it makes without any permission (builder.py)."""


@pytest.fixture(scope="module")
def graph() -> Run:
    return of_deis()


@pytest.fixture(scope="module")
def made(graph: Run) -> Objects:
    return objects(graph)


def mebibytes(quantity: str) -> int:
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def pod(made: Objects, name: tuple[str, str]) -> dict[str, Any]:
    if name[0] == "CronJob":
        return made[name].inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return pod_of(made[name])


@pytest.mark.parametrize("name", [*WITH_PODS, CRON, WATCH, COPIES], ids=lambda name: name[1])
class TestHardening:
    def test_containers(self, made: Objects, name: tuple[str, str]) -> None:
        (container,) = pod(made, name)["containers"]
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["privileged"] is False
        assert security["capabilities"] == {"drop": ["ALL"], **TAKEN_BACK.get(name[1], {})}
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert security["readOnlyRootFilesystem"] is (name[1] not in ROOT_IS_WRITABLE)
        if name[1] not in ROOT_USER | {ROUTER}:
            assert security["runAsNonRoot"] is True
            assert security["runAsUser"] > 0
        assert container["resources"]["requests"].keys() == {"cpu", "memory", "ephemeral-storage"}
        assert container["resources"]["limits"]["memory"]
        # Empty directories count towards the limit: the kubelet would evict a pod that fills the space that it has.
        directories = [volume["emptyDir"] for volume in pod(made, name).get("volumes", []) if "emptyDir" in volume]
        room = mebibytes(container["resources"]["limits"]["ephemeral-storage"])
        assert sum(mebibytes(directory["sizeLimit"]) for directory in directories) < room
        assert ":" in container["image"].rsplit("/", 1)[-1]

    def test_it_runs_where_its_image_does(self, made: Objects, name: tuple[str, str]) -> None:
        assert pod(made, name)["nodeSelector"] == {"kubernetes.io/arch": "amd64"}

    def test_pods_touch_nothing_of_the_node(self, made: Objects, name: tuple[str, str]) -> None:
        spec = pod(made, name)
        assert not {"hostNetwork", "hostPID", "hostIPC"} & {key for key, value in spec.items() if value}
        assert not [volume for volume in spec.get("volumes", []) if "hostPath" in volume]
        assert not [port for port in spec["containers"][0].get("ports", []) if "hostPort" in port]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}

    def test_a_token_only_for_those_who_talk_to_the_api(self, made: Objects, name: tuple[str, str]) -> None:
        assert pod(made, name)["automountServiceAccountToken"] is (name not in WITHOUT_TOKEN)
        account = made["ServiceAccount", pod(made, name)["serviceAccountName"]]
        assert account.inputs["automountServiceAccountToken"] is False


class TestProbesAndNumbers:
    @pytest.mark.parametrize("app", [CONTROLLER, BUILDER, ROUTER])
    def test_each_is_asked_whether_it_lives_and_is_ready(self, made: Objects, app: str) -> None:
        (container,) = pod(made, ("Deployment", app))["containers"]
        ports = {port["containerPort"] for port in container["ports"]}
        for probe in ("livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] in ports

    def test_what_may_be_several_is(self, made: Objects) -> None:
        for app in (CONTROLLER, ROUTER):
            assert made["Deployment", app].inputs["spec"]["replicas"] == 2
            assert made["PodDisruptionBudget", app].inputs["spec"]["maxUnavailable"] == 1
        assert made["Deployment", BUILDER].inputs["spec"]["replicas"] == 1
        assert ("PodDisruptionBudget", BUILDER) not in made, "it would keep its node from being drained"

    def test_selectors_find_their_pods(self, made: Objects) -> None:
        for app in (CONTROLLER, BUILDER, ROUTER):
            spec = made["Deployment", app].inputs["spec"]
            labels = spec["template"]["metadata"]["labels"]
            assert spec["selector"]["matchLabels"].items() <= labels.items()
            assert made["Service", app].inputs["spec"]["selector"].items() <= labels.items()

    def test_the_namespace_is_labelled(self, made: Objects) -> None:
        labels = made["Namespace", NAMESPACE].inputs["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
        assert labels["pod-security.kubernetes.io/warn"] == "restricted"
        assert labels["pod-security.kubernetes.io/audit"] == "restricted"
        assert "heritage" not in labels, "the router may reach namespaces with that label: applications'"
        assert made["ResourceQuota", "deis"].inputs["spec"]["hard"]["services.loadbalancers"] == "0"


class TestWhatTheImagesRead:
    """Names, paths and ports as controller, builder and router of the release have them in their own source."""

    VARIABLES = {  # noqa: RUF012
        CONTROLLER: {
            "APP_STORAGE": "s3",
            "DEIS_DEFAULT_CONFIG_TAGS": '{"kubernetes.io/arch": "amd64"}',
            "DEIS_REGISTRY_LOCATION": "ecr",
            "IMAGE_PULL_POLICY": "IfNotPresent",
        },
        BUILDER: {
            "BUILDER_POD_NODE_SELECTOR": "kubernetes.io/arch:amd64",
            "BUILDER_STORAGE": "s3",
            "DEIS_REGISTRY_LOCATION": "ecr",
            "HEALTH_SERVER_PORT": "8092",
        },
    }
    READ_BY_THE_BUILDER = frozenset(
        {
            "BUILDER_POD_NODE_SELECTOR", "BUILDER_STORAGE", "DEIS_REGISTRY_LOCATION", "DEIS_REGISTRY_SECRET_PREFIX",
            "DEIS_REGISTRY_SERVICE_HOST", "DEIS_REGISTRY_SERVICE_PORT", "DOCKERBUILDER_IMAGE_NAME",
            "DOCKER_BUILDER_IMAGE_PULL_POLICY", "GIT_LOCK_TIMEOUT", "HEALTH_SERVER_PORT", "POD_NAMESPACE",
            "SLUGBUILDER_IMAGE_NAME", "SLUG_BUILDER_IMAGE_PULL_POLICY",
        }
    )  # fmt: skip
    """What of its environment builder v2.13.7 reads (pkg/sshd/config.go, pkg/gitreceive/config.go)."""
    MOUNTS = {  # noqa: RUF012
        "/var/run/secrets/api/auth": ("builder-key-auth", {"builder-key"}),
        "/var/run/secrets/deis/builder/ssh": ("builder-ssh-private-keys", {"ssh-host-rsa-key", "ssh-host-ecdsa-key"}),
        "/var/run/secrets/deis/objectstore/creds": (
            "objectstorage-keyfile",
            {"accesskey", "secretkey", "region", "builder-bucket"},
        ),
    }

    @pytest.mark.parametrize("app", VARIABLES)
    def test_variables(self, made: Objects, app: str) -> None:
        variables = environment_of(made["Deployment", app])
        assert {name: variables[name]["value"] for name in self.VARIABLES[app]} == self.VARIABLES[app]

    def test_the_builder_gets_nothing_that_it_does_not_read(self, made: Objects) -> None:
        assert environment_of(made["Deployment", BUILDER]).keys() <= self.READ_BY_THE_BUILDER

    @pytest.mark.parametrize(("app", "name"), [(CONTROLLER, "WORKFLOW_NAMESPACE"), (BUILDER, "POD_NAMESPACE")])
    def test_the_namespace(self, made: Objects, app: str, name: str) -> None:
        source = environment_of(made["Deployment", app])[name]["valueFrom"]
        assert source == {"fieldRef": {"fieldPath": "metadata.namespace"}}

    def test_the_router_knows_its_own_namespace(self, made: Objects) -> None:
        """Without, it would look for its configuration in `default`."""
        assert environment_of(made["Deployment", ROUTER]).keys() == {"POD_NAMESPACE"}

    def test_the_builders_files(self, made: Objects) -> None:
        spec = pod(made, ("Deployment", BUILDER))
        volumes = {one["name"]: one["secret"]["secretName"] for one in spec["volumes"] if "secret" in one}
        mounts = {one["mountPath"]: one for one in spec["containers"][0]["volumeMounts"]}
        for path, (secret, keys) in self.MOUNTS.items():
            assert volumes[mounts[path]["name"]] == secret
            assert mounts[path]["readOnly"] is True
            assert keys == made["Secret", secret].inputs["stringData"].keys()

    @pytest.mark.parametrize(("app", "port", "target"), [(CONTROLLER, 80, 8000), (BUILDER, 2222, 2223)])
    def test_the_ports_that_the_router_hands_on_to(self, made: Objects, app: str, port: int, target: int) -> None:
        (only,) = made["Service", app].inputs["spec"]["ports"]
        assert (only["port"], only["targetPort"]) == (port, target)
        (container,) = pod(made, ("Deployment", app))["containers"]
        assert target in [one["containerPort"] for one in container["ports"]]

    def test_parts_find_each_other_by_links(self, made: Objects) -> None:
        assert pod(made, ("Deployment", BUILDER))["enableServiceLinks"] is True

    def test_no_application_takes_the_name_of_what_is_there(self) -> None:
        variables = environment_of(objects(of_deis(reserved_names=("shop-team",)))["Deployment", CONTROLLER])
        reserved = variables["RESERVED_NAMES"]["value"].replace(" ", "").split(",")
        there = {"deis", CONTROLLER, BUILDER, ROUTER, "default", "kube-system", "amazon-cloudwatch", "shop-team"}
        assert there <= set(reserved)

    def test_one_builder_at_a_time_holds_the_repositories(self, made: Objects) -> None:
        assert made["Deployment", BUILDER].inputs["spec"]["strategy"] == {"type": "Recreate"}


class TestJobs:
    def test_the_restart_comes_long_before_a_token_ends(self, made: Objects) -> None:
        """A token is good for 90 days at the most; at a fixed day of every month there are 31 between two."""
        spec = made[CRON].inputs["spec"]
        minute, hour, day, month, weekday = spec["schedule"].split()
        assert (month, weekday) == ("*", "*")
        assert int(day) <= 28, "February has no more"
        assert minute.isdigit()
        assert hour.isdigit()
        assert spec["concurrencyPolicy"] == "Forbid"
        assert not spec.get("suspend")

    def test_the_watch_looks_every_day(self, made: Objects) -> None:
        assert made[WATCH].inputs["spec"]["schedule"].split()[2:] == ["*", "*", "*"]

    def test_a_new_storage_key_is_a_new_job(self, graph: Run, made: Objects) -> None:
        template = made[COPIES].inputs["spec"]["template"]["metadata"]
        (key,) = graph.by_name("iam/accessKey:AccessKey")
        assert template["annotations"] == {"palisade/revision": hashlib.sha256(f"id-{key}".encode()).hexdigest()[:12]}
        assert graph.waits(made[COPIES], made["Secret", "objectstorage-keyfile"])

    def test_no_object_but_the_secret_shows_the_id_of_the_storage_key(self, graph: Run, made: Objects) -> None:
        """The pack takes such an ID for the key (`no-secret-in-env`), once it is known."""
        (key,) = graph.by_name("iam/accessKey:AccessKey")
        shown = [where for where, each in made.items() if f"id-{key}" in json.dumps(each.inputs)]
        assert shown == [("Secret", "objectstorage-keyfile")]


class TestRights:
    DANGEROUS = ("escalate", "bind", "impersonate", "*")

    @pytest.mark.parametrize("rules", [CLUSTER_RULES, NAMESPACE_RULES], ids=["cluster", "namespace"])
    def test_nothing_by_which_one_becomes_more(self, rules: dict[str, Any]) -> None:
        for rule in [rule for app in rules.values() for rule in app]:
            assert not set(rule.verbs) & set(self.DANGEROUS)
            assert "*" not in (*rule.resources, rule.group)
            assert not {"pods/exec", "nodes/proxy", "serviceaccounts/token", "roles", "clusterroles"} & set(
                rule.resources
            )

    def test_the_router_has_what_its_code_asks_for(self) -> None:
        def may(verb: str, resource: str, group: str = "", *, anywhere: bool) -> bool:
            rules = [*CLUSTER_RULES[ROUTER], *(() if anywhere else NAMESPACE_RULES[ROUTER])]
            return any(verb in rule.verbs and resource in rule.resources and rule.group == group for rule in rules)

        assert may("get", "deployments", "apps", anywhere=False)
        assert all(may("get", what, anywhere=False) for what in ("services", "secrets", "endpoints"))
        assert may("list", "services", anywhere=True)
        assert may("get", "endpoints", anywhere=True)
        assert not may("list", "secrets", anywhere=False)

    def test_router_and_builder_read_secrets_by_name_alone(self, made: Objects) -> None:
        """docs/threat-model.md says so."""
        for app in (ROUTER, BUILDER):
            rules = [*made["ClusterRole", f"deis:{app}"].inputs["rules"], *made["Role", app].inputs["rules"]]
            assert [
                rule
                for rule in rules
                if "secrets" in rule["resources"]
                and {"get", "list", "watch"} & {*rule["verbs"]}
                and not rule.get("resourceNames")
            ] == []
        (named,) = [rule for rule in made["Role", ROUTER].inputs["rules"] if "secrets" in rule["resources"]]
        assert named["resourceNames"] == ["deis-router-platform-cert", "deis-router-dhparam"]

    def test_certificates_that_are_listed_are_read(self) -> None:
        role = objects(of_deis(application_certificates=("www",)))["ClusterRole", f"deis:{ROUTER}"]
        (rule,) = [rule for rule in role.inputs["rules"] if "secrets" in rule["resources"]]
        assert (rule["verbs"], rule["resourceNames"]) == (["get"], ["www-cert"])

    def test_bindings_bind_what_there_is(self, made: Objects) -> None:
        for (kind, _), one in made.items():
            if kind.endswith("Binding"):
                reference, (subject,) = one.inputs["roleRef"], one.inputs["subjects"]
                assert (reference["kind"], reference["name"]) in made
                assert ("ServiceAccount", subject["name"]) in made
                assert subject["namespace"] == NAMESPACE

    def test_the_restart_may_touch_two_deployments(self, made: Objects) -> None:
        (rule,) = made["Role", "deis-restart"].inputs["rules"]
        assert rule["verbs"] == ["patch"]
        assert rule["resourceNames"] == [CONTROLLER, BUILDER]
        assert ("ClusterRole", "deis:deis-restart") not in made


class TestNetwork:
    """The policies read as Kubernetes reads them: a flow is allowed when both ends allow it."""

    def policies(self, made: Objects, labels: dict[str, str], direction: str) -> list[dict[str, Any]]:
        found = []
        for (kind, _), one in made.items():
            spec = one.inputs["spec"] if kind == "NetworkPolicy" else None
            if spec is None or direction not in spec["policyTypes"]:
                continue
            chosen = spec["podSelector"]
            wanted = chosen.get("matchLabels", {}).items() <= labels.items()
            wanted &= all(
                (rule["key"] in labels) is (rule["operator"] == "Exists") for rule in chosen.get("matchExpressions", [])
            )
            found += [spec] if wanted else []
        return found

    def allows(self, made: Objects, labels: dict[str, str], direction: str, port: int, **peer: Any) -> bool:
        field, side = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
        policies = self.policies(made, labels, direction)
        assert policies, "without any policy everything is allowed"
        for policy in policies:
            for rule in policy.get(field, []):
                if port in [each["port"] for each in rule["ports"]] and any(
                    self.is_peer(one, **peer) for one in rule[side]
                ):
                    return True
        return False

    @staticmethod
    def is_peer(
        peer: dict[str, Any],
        *,
        address: str | None = None,
        app: str | None = None,
        namespace: dict[str, str] | None = None,
    ) -> bool:
        if "ipBlock" in peer:
            if address is None:
                return False
            asked, block = ipaddress.ip_address(address), peer["ipBlock"]
            inside = asked in ipaddress.ip_network(block["cidr"])
            return inside and not any(asked in ipaddress.ip_network(one) for one in block.get("except", []))
        if "namespaceSelector" in peer:
            return namespace is not None and peer["namespaceSelector"]["matchLabels"].items() <= namespace.items()
        return app is not None and namespace is None and peer["podSelector"]["matchLabels"] == {"app": app}

    def pod(self, app: str) -> dict[str, str]:
        return {"app": app, "heritage": "deis"}

    BUILD = {"heritage": "slugbuild-app-0123"}  # noqa: RUF012

    @pytest.mark.parametrize("port", [8080, 6443, 2222])
    def test_the_balancer_alone_reaches_the_router(self, graph: Run, made: Objects, port: int) -> None:
        router = self.pod(ROUTER)
        for name, subnet in graph.by_name("ec2/subnet:Subnet").items():
            address = str(ipaddress.ip_network(subnet.inputs["cidrBlock"])[9])
            assert self.allows(made, router, "Ingress", port, address=address) is ("-public-" in name), name
        for address in ("172.20.0.1", "203.0.113.7"):
            assert not self.allows(made, router, "Ingress", port, address=address)
        for app in (CONTROLLER, BUILDER, ROUTER):
            assert not self.allows(made, router, "Ingress", port, app=app), "it could forge a PROXY header"
        assert not self.allows(made, router, "Ingress", port, namespace={"heritage": "deis"})
        public = graph.by_name("ec2/subnet:Subnet")["net-public-a"].inputs["cidrBlock"]
        assert not self.allows(made, router, "Ingress", 9090, address=str(ipaddress.ip_network(public)[9]))

    def test_paths_that_deis_needs(self, made: Objects) -> None:
        for source, target, port in ((ROUTER, CONTROLLER, 8000), (ROUTER, BUILDER, 2223), (BUILDER, CONTROLLER, 8000)):
            assert self.allows(made, self.pod(source), "Egress", port, app=target)
            assert self.allows(made, self.pod(target), "Ingress", port, app=source)
        assert self.allows(made, self.pod(ROUTER), "Egress", 5000, namespace={"heritage": "deis"})
        for app in (CONTROLLER, BUILDER, ROUTER, "deis-restart", "deis-key-copies"):
            assert self.allows(made, self.pod(app), "Egress", 443, address="172.20.0.1"), "the API's Service"
        for app in (BUILDER,):
            assert self.allows(made, self.pod(app), "Egress", 443, address="52.219.0.1"), "S3"
        assert self.allows(made, self.BUILD, "Egress", 443, address="52.219.0.1")
        for app in (CONTROLLER, BUILDER, ROUTER, "deis-bootstrap"):
            dns = {"kubernetes.io/metadata.name": "kube-system"}
            assert self.allows(made, self.pod(app), "Egress", 53, namespace=dns)

    def test_paths_that_nobody_needs(self, made: Objects, graph: Run) -> None:
        database = graph.by_name("ec2/subnet:Subnet")["net-private-a"].inputs["cidrBlock"].split("/")[0]
        for app in (CONTROLLER, "deis-bootstrap"):
            assert self.allows(made, self.pod(app), "Egress", 5432, address=database)
        for labels in (self.pod(BUILDER), self.pod(ROUTER), self.BUILD, {"app": "grafana"}):
            assert not self.allows(made, labels, "Egress", 5432, address=database)
        for labels in (self.pod(CONTROLLER), self.pod(BUILDER), self.pod(ROUTER), self.BUILD):
            assert not self.allows(made, labels, "Egress", 443, address="169.254.169.254"), "instance metadata"
            assert not self.allows(made, labels, "Egress", 80, address="169.254.169.254"), "instance metadata"
        assert not self.allows(made, self.BUILD, "Egress", 443, address="172.20.0.1"), "the API, from a build"
        assert not self.allows(made, self.BUILD, "Egress", 443, address="10.40.250.9"), "the VPC, from a build"
        assert not self.allows(made, self.BUILD, "Ingress", 443, app=BUILDER)
        assert not self.allows(made, self.pod("deis-bootstrap"), "Egress", 443, address="172.20.0.1")
        assert not self.allows(made, self.pod(CONTROLLER), "Ingress", 8000, namespace={"heritage": "deis"})
