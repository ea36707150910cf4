"""Deis: in which order it is registered, that previews work, and what its images and certificates are."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import pytest

from components.deis import (
    Certificate,
    ExternalCertificate,
    Images,
    ImportedCertificate,
    InternalCertificate,
    Registry,
)
from components.deis.images import TAGS
from components.deis.objects import without_kubernetes
from components.faults import ArgumentError
from policies.guidelines import deis as guideline
from policies.guidelines.deis import BUILDER, CONTROLLER, NAMESPACE, ROUTER
from sandbox.providers.mocks import Registered, Run
from tests.support.deis.router_annotations import ROUTER as ROUTER_KEYS
from tests.support.deis.router_annotations import read
from tests.support.program.critical_path import chain_for
from tests.support.program.deis_of import (
    JOB,
    PASSWORD,
    WHITELIST,
    WITH_PODS,
    annotations_of,
    environment_of,
    is_secret,
    objects,
    of_deis,
    pod_of,
)
from tests.support.program.recorded import record

Objects = dict[tuple[str, str], Registered]


@pytest.fixture(scope="module")
def graph() -> Run:
    return of_deis()


@pytest.fixture(scope="module")
def made(graph: Run) -> Objects:
    return objects(graph)


class TestOrder:
    @pytest.mark.parametrize("kind", ["Service", "Deployment"])
    def test_nothing_exists_before_the_administrator_does(self, graph: Run, made: Objects, kind: str) -> None:
        later = [one for (its, _), one in made.items() if its == kind]
        assert len(later) == 3
        for one in later:
            assert graph.waits(one, made[JOB]), one.name

    def test_nothing_listens_before_router_and_builder_run(self, graph: Run, made: Objects) -> None:
        listeners = graph.by_name("lb/listener:Listener")
        assert len(listeners) == 3
        for listener in [*listeners.values(), *graph.of("autoscaling/attachment:Attachment")]:
            for app in (ROUTER, BUILDER):
                assert graph.waits(listener, made["Deployment", app]), listener.name

    def test_router_and_builder_start_side_by_side(self, graph: Run, made: Objects) -> None:
        router, builder = made["Deployment", ROUTER], made["Deployment", BUILDER]
        assert not graph.waits(router, builder)
        assert not graph.waits(builder, router)

    def test_no_routable_label_stands_on_anything_that_does_not_wait(self, graph: Run, made: Objects) -> None:
        routable = [
            one for one in made.values() if guideline.ROUTABLE_LABEL in one.inputs["metadata"].get("labels", {})
        ]
        assert [one.name for one in routable] == ["deis-controller-service"]
        assert graph.waits(routable[0], made[JOB])

    def test_services_come_before_the_pods_that_find_them_by_links(self, graph: Run, made: Objects) -> None:
        for app in (CONTROLLER, BUILDER, ROUTER):
            assert graph.waits(made["Deployment", app], made["Service", CONTROLLER])
            assert graph.waits(made["Deployment", app], made["Service", BUILDER])

    def test_the_job_comes_after_the_database_and_the_rules_that_let_it_in(self, graph: Run, made: Objects) -> None:
        assert graph.waits(made[JOB], graph.named("deis-database-instance", "rds/instance:Instance"))
        for rule in ("vpc/securityGroupEgressRule:SecurityGroupEgressRule", "vpc/securityGroupIngressRule"):
            found = [one for one in graph.resources if rule in one.type and "deis-database-nodes" in one.name]
            assert found
            assert all(graph.waits(made[JOB], one) for one in found)

    def test_pods_come_after_the_policies_that_confine_them(self, graph: Run, made: Objects) -> None:
        policies = [one for (kind, _), one in made.items() if kind == "NetworkPolicy"]
        for name in WITH_PODS:
            assert all(graph.waits(made[name], policy) for policy in policies)

    def test_every_object_comes_after_the_cluster_and_its_nodes(self, graph: Run, made: Objects) -> None:
        (nodes,) = graph.of("eks/nodeGroup:NodeGroup")
        for one in made.values():
            if one.type.startswith("kubernetes:rbac") or one.name == "deis-namespace":
                continue
            assert graph.waits(one, made["Namespace", NAMESPACE]), one.name
        assert graph.waits(made["Namespace", NAMESPACE], nodes)

    @pytest.mark.parametrize(
        "type_", ["rds/instance:Instance", "lb/loadBalancer:LoadBalancer", "s3/bucket:Bucket", "iam/user:User"]
    )
    def test_the_slow_parts_do_not_wait_for_the_cluster(self, graph: Run, type_: str) -> None:
        cluster = graph.named("pal-cluster", "eks/cluster:Cluster")
        for one in graph.of(type_):
            assert not graph.waits(one, cluster), one.name


class TestPreview:
    def test_a_first_preview_works(self) -> None:
        known = {(one.type, one.name) for one in of_deis().resources}
        assert {(one.type, one.name) for one in of_deis(known=False).resources} == known

    def test_policies_see_the_whitelist_in_a_first_preview(self) -> None:
        router = annotations_of(objects(of_deis(known=False))["Deployment", ROUTER])
        assert read(router, ROUTER_KEYS)["nginx.defaultWhitelist"] == list(WHITELIST)


class TestImages:
    def test_they_are_of_one_release(self, made: Objects) -> None:
        found = {pod_of(made[name])["containers"][0]["image"] for name in WITH_PODS}
        assert found == {f"docker.io/hephy/{name}:{TAGS[name]}" for name in ("controller", "builder", "router")}

    def test_a_mirror_and_digests(self) -> None:
        digest = "sha256:" + "0123456789abcdef" * 4
        images = Images(
            registry="123456789012.dkr.ecr.eu-central-1.amazonaws.com/hephy",
            overrides={"router": digest, "controller": f"quay.io/hephy/controller@{digest}"},
        )
        made = objects(of_deis(images=images))
        assert pod_of(made["Deployment", ROUTER])["containers"][0]["image"] == (
            f"{images.registry}/router:{TAGS['router']}@{digest}"
        )
        for name in (("Deployment", CONTROLLER), JOB):
            assert pod_of(made[name])["containers"][0]["image"] == f"quay.io/hephy/controller@{digest}"


class TestCertificates:
    def test_the_internal_one_is_for_the_platforms_names(self, graph: Run, made: Objects) -> None:
        (request,) = [one for one in graph.resources if one.type == "tls:index/certRequest:CertRequest"]
        assert request.inputs["dnsNames"] == ["*.apps.example.org", "apps.example.org"]
        pair = made["Secret", guideline.PLATFORM_CERTIFICATE_NAME].inputs["stringData"]
        assert pair.keys() == {"tls.crt", "tls.key"}
        assert pair["tls.crt"].splitlines()[-1] == "certificate deis-authority-certificate"

    def test_an_imported_one_is_taken_as_it_is(self) -> None:
        chain = chain_for("apps.example.org")
        graph = of_deis(certificate=ImportedCertificate(chain_pem=chain.pem, private_key_pem=chain.key))
        held = objects(graph)["Secret", guideline.PLATFORM_CERTIFICATE_NAME]
        assert is_secret(held.marked_inputs["stringData"])
        assert held.inputs["stringData"] == {"tls.crt": chain.pem, "tls.key": chain.key}
        assert not [one for one in graph.resources if one.type == "tls:index/selfSignedCert:SelfSignedCert"]
        assert not graph.warnings

    def test_an_imported_one_that_ends_soon_is_told_of(self) -> None:
        chain = chain_for("apps.example.org", days=30, age=20)
        graph = of_deis(certificate=ImportedCertificate(chain_pem=chain.pem, private_key_pem=chain.key))
        assert [line for line in graph.warnings if "*.apps.example.org ends in" in line]

    def test_a_key_that_is_another_certificates_fails_the_update(self) -> None:
        pem, key = chain_for("apps.example.org").pem, chain_for("apps.example.org").key

        def later(*_: Any) -> dict[str, Any]:
            return {"certificate": ImportedCertificate(chain_pem=pem, private_key_pem=pulumi.Output.secret(key))}

        with pytest.raises(ArgumentError, match="private_key_pem: does not belong"):
            of_deis(later=later)

    @pytest.mark.parametrize("certificate", [InternalCertificate(), ExternalCertificate()])
    def test_no_router_starts_without_one(self, certificate: Certificate) -> None:
        """It would answer with one for no name, by old protocols."""
        spec = pod_of(objects(of_deis(certificate=certificate))["Deployment", ROUTER])
        (volume,) = spec["volumes"]
        assert volume["secret"] == {"secretName": guideline.PLATFORM_CERTIFICATE_NAME}, "not optional"
        assert spec["containers"][0]["volumeMounts"][0]["name"] == volume["name"]

    def test_an_external_one_is_left_alone(self) -> None:
        made = objects(of_deis(certificate=ExternalCertificate()))
        assert ("Secret", guideline.PLATFORM_CERTIFICATE_NAME) not in made
        assert ("Deployment", ROUTER) in made


def test_an_external_registry_has_its_credentials_in_a_secret() -> None:
    registry = Registry(hostname="registry.example.org", organization="apps", username="deis", password=f"{PASSWORD}r")
    made = objects(of_deis(registry=registry))
    assert environment_of(made["Deployment", CONTROLLER])["DEIS_REGISTRY_LOCATION"]["value"] == "off-cluster"
    held = made["Secret", "registry-secret"]
    assert is_secret(held.marked_inputs["stringData"])
    assert held.inputs["stringData"].keys() == {"hostname", "organization", "username", "password"}


@pytest.mark.parametrize("form", ["one", "list", "mapping"])
def test_only_what_is_in_kubernetes_gets_its_provider_however_it_is_given(form: str) -> None:
    """What has the provider waits for the cluster."""

    def program() -> None:
        kubernetes, other = k8s.Provider("kubernetes"), aws.Provider("aws", region="eu-central-1")
        given: dict[str, Any] = {
            "one": {"provider": kubernetes, "providers": [other]},
            "list": {"providers": [kubernetes, other]},
            "mapping": {"providers": {"kubernetes": kubernetes, "aws": other}},
        }[form]
        options = pulumi.ResourceOptions(protect=True, **given)
        rest, found = without_kubernetes(options)
        assert found == [kubernetes]
        assert (rest.provider, rest.providers, rest.protect) == (None, [other], True)
        assert (options.provider, options.providers) == (given.get("provider"), given["providers"]), "not changed"

    record(program)
    assert without_kubernetes(None)[1] == []
