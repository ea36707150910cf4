"""Publicly trusted certificates: issued against a proof in DNS, or imported; never one that nobody trusts (TLS-PUB)."""

from __future__ import annotations

from typing import Any

import boto3
import pulumi
import pytest

from components.certificate import ImportedChain, IssuedByAcm, PublicCertificate, PublicCertificateArgs
from components.certificate_rules import chain_faults
from components.faults import ArgumentError
from components.settings import SettingsError
from policies.guidelines.tls import INTERMEDIATE, load_balancer_policies
from sandbox.providers.base import ProviderError
from sandbox.providers.mocks import Run, StandIns
from tests.conftest import REGION, Deploy
from tests.support.program.critical_path import chain_for
from tests.support.program.recorded import TAGS
from tests.unit.test_settings import both, loaded

DOMAIN = "apps.example.org"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"


BOUGHT = chain_for(DOMAIN)


@pytest.fixture
def zone(aws_emulator: None) -> str:
    made = boto3.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def issued(zone: pulumi.Input[str], **changes: Any) -> PublicCertificate:
    wanted = {"domain": DOMAIN, "alternative_names": (f"*.{DOMAIN}", "www.example.org"), "topic_arn": TOPIC}
    source = IssuedByAcm(hosted_zone_id=zone)
    return PublicCertificate("shop", PublicCertificateArgs(**{"tags": TAGS, "source": source, **wanted, **changes}))


class TestIssued:
    @pytest.fixture
    def run(self, deploy: Deploy, zone: str) -> Run:
        return deploy(lambda: issued(zone))

    def test_acm_issued_it_for_every_name_with_a_key_of_the_guide(self, run: Run) -> None:
        made = run.only("acm/certificate:Certificate")
        assert made.inputs["keyAlgorithm"] == "EC_prime256v1"
        assert made.inputs["options"] == {"certificateTransparencyLoggingPreference": "ENABLED"}
        told = boto3.client("acm", region_name=REGION).describe_certificate(CertificateArn=made.id)["Certificate"]
        assert told["Status"] == "ISSUED"
        assert set(told["SubjectAlternativeNames"]) == {DOMAIN, f"*.{DOMAIN}", "www.example.org"}

    def test_its_last_alternative_name_can_be_taken_away(self, deploy: Deploy, zone: str, stand_ins: StandIns) -> None:
        """Left out, the provider would keep the names that there are."""
        made = deploy(lambda: issued(zone, alternative_names=())).only("acm/certificate:Certificate")
        before = {**made.inputs, "subjectAlternativeNames": [DOMAIN, "www.example.org"]}
        diff = stand_ins["aws"].diff(made.urn, made.type, made.id, before, before, made.inputs, [])
        assert diff.replaces == ("subjectAlternativeNames",)

    def test_a_wildcard_and_its_name_share_one_proof(self, run: Run, zone: str) -> None:
        proofs = run.of("route53/record:Record")
        assert {each.name for each in proofs} == {f"shop-proof-{DOMAIN}", "shop-proof-www.example.org"}
        found = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        assert len([each for each in found if each["Type"] == "CNAME"]) == 2

    def test_the_proofs_point_at_the_stack_s_own_certificate_and_go_with_it(self, run: Run) -> None:
        certificate = run.only("acm/certificate:Certificate").urn
        for record in run.of("route53/record:Record"):
            assert certificate in record.request.propertyDependencies["records"].urns

    def test_whoever_uses_the_certificate_waits_until_it_is_issued(self, run: Run) -> None:
        component = run.only("palisade:certificate:PublicCertificate")
        validation = run.only("acm/certificateValidation:CertificateValidation")
        assert component.outputs["arn"] == validation.inputs["certificateArn"]
        assert {each.urn for each in run.of("route53/record:Record")} <= set(validation.depends_on)
        assert component.outputs["listenerPolicy"] in load_balancer_policies("intermediate")

    def test_its_end_is_an_alarm_and_so_is_silence_about_it(self, run: Run) -> None:
        alarm = run.only("cloudwatch/metricAlarm:MetricAlarm").inputs
        assert (alarm["namespace"], alarm["metricName"]) == ("AWS/CertificateManager", "DaysToExpiry")
        assert alarm["dimensions"] == {"CertificateArn": run.only("acm/certificate:Certificate").id}
        assert (alarm["threshold"], alarm["treatMissingData"]) == (30, "breaching")
        assert alarm["alarmActions"] == [TOPIC]
        assert alarm["alarmDescription"].endswith("Runbook: docs/operations.md#public-certificate-expires")

    def test_it_is_found_as_it_was_made_and_all_of_it_goes(self, run: Run, stand_ins: StandIns, zone: str) -> None:
        provider = stand_ins["aws"]
        made = [each for each in run.resources if each.type.startswith("aws:")]
        for each in made:
            found = provider.read(each.urn, each.type, each.id, each.inputs, each.outputs)
            assert found is not None
            assert found[1] == each.inputs, each.name
        for each in reversed(made):
            provider.delete(each.urn, each.type, each.id, each.inputs, each.outputs, 10)
        assert not boto3.client("acm", region_name=REGION).list_certificates()["CertificateSummaryList"]
        left = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        assert "CNAME" not in {each["Type"] for each in left}

    def test_a_preview_registers_the_same(self, deploy: Deploy, zone: str) -> None:
        planned = deploy(lambda: issued(zone), preview=True)
        assert len(planned.resources) == 6

    def test_without_the_proof_the_wait_ends_in_an_error(self, deploy: Deploy) -> None:
        def without_records() -> None:
            import pulumi_aws as aws  # noqa: PLC0415 - two seconds that the other tests need not wait for

            made = aws.acm.Certificate("bare", domain_name=DOMAIN, validation_method="DNS")
            aws.acm.CertificateValidation("bare", certificate_arn=made.arn)

        with pytest.raises(ProviderError, match=r"to be issued: timeout .*last state: 'PENDING_VALIDATION'"):
            deploy(without_records)

    def test_what_is_no_domain_is_refused(self) -> None:
        with pytest.raises(
            ArgumentError, match=r"domain: 'Apps\.example\.org' is not allowed; give a domain such as .* \(TLS-PUB\)"
        ):
            issued("Z1", domain="Apps.example.org")


class TestImported:
    def imported(self, key: str, **changes: Any) -> PublicCertificate:
        chain = ImportedChain(chain_pem=BOUGHT.pem, private_key_pem=key)
        return PublicCertificate("shop", PublicCertificateArgs(tags=TAGS, domain=DOMAIN, source=chain, **changes))

    def test_it_is_taken_in_with_its_chain_and_its_key_stays_secret(self, deploy: Deploy) -> None:
        run = deploy(lambda: self.imported(BOUGHT.key, topic_arn=TOPIC))
        made = run.only("acm/certificate:Certificate")
        assert (made.inputs["certificateBody"], made.inputs["certificateChain"]) == BOUGHT.certificates
        assert "privateKey" in made.secrets
        told = boto3.client("acm", region_name=REGION).describe_certificate(CertificateArn=made.id)["Certificate"]
        assert (told["Type"], told["Status"]) == ("IMPORTED", "ISSUED")
        assert not run.of("route53/record:Record")
        assert run.only("cloudwatch/metricAlarm:MetricAlarm").inputs["dimensions"] == {"CertificateArn": made.id}

    def test_somebody_else_s_key_is_refused_without_being_shown(self, deploy: Deploy) -> None:
        other = chain_for(DOMAIN).key
        with pytest.raises(ArgumentError, match=r"private_key_pem: does not belong .*\(TLS-PUB\)") as caught:
            deploy(lambda: self.imported(other))
        assert other.splitlines()[1] not in str(caught.value)

    def test_what_nobody_would_trust_is_refused(self) -> None:
        with pytest.raises(ArgumentError, match=r"source\.chain_pem: .* it needs www\.example\.org \(TLS-PUB\)"):
            self.imported(BOUGHT.key, alternative_names=["www.example.org"])


def test_a_name_below_a_wildcard_is_covered_and_two_below_is_not() -> None:
    assert chain_faults(BOUGHT.pem, (DOMAIN, f"*.{DOMAIN}", f"shop.{DOMAIN}"), INTERMEDIATE) == []
    for name in (f"a.shop.{DOMAIN}", f"*.shop.{DOMAIN}"):
        assert f"it needs {name}" in str(chain_faults(BOUGHT.pem, (name,), INTERMEDIATE)[0])


class TestSettings:
    def faults(self, *entries: dict[str, str], keys: dict[str, str]) -> list[str]:
        config = {**both("example"), "palisade:certificates": [{"domain": DOMAIN, **entry} for entry in entries]}
        try:
            loaded({**config, "palisade:certificateKeys": keys}, ("palisade:certificateKeys",))
        except SettingsError as error:
            return [str(fault).removeprefix("palisade:") for fault in error.faults]
        return []

    def test_one_of_both_sources_is_needed(self) -> None:
        both = {"name": "shop", "zoneId": "Z1", "chain": BOUGHT.pem}
        for given, keys in (({"name": "shop"}, {}), (both, {"shop": BOUGHT.key})):
            (fault,) = self.faults(given, keys=keys)
            assert "give either zoneId (ACM issues it) or chain" in fault

    def test_a_chain_for_other_names_is_refused_before_anything_is_registered(self) -> None:
        entry = {"name": "shop", "domain": "other.example.org", "chain": BOUGHT.pem}
        (fault,) = self.faults(entry, keys={"shop": BOUGHT.key})
        assert fault.startswith("certificates.shop.chain: is for ")
        assert fault.endswith("it needs other.example.org (TLS-PUB)")

    def test_what_was_bought_has_its_key_and_every_key_its_certificate(self) -> None:
        shop, right, wrong = {"name": "shop", "chain": BOUGHT.pem}, BOUGHT.key, chain_for("x.y").key
        assert self.faults(shop, keys={"shop": right}) == []
        assert "certificateKeys.shop: is missing" in self.faults(shop, keys={})[0]
        assert "certificateKeys.stray: no entry" in self.faults(shop, keys={"shop": right, "stray": right})[0]
        (fault,) = self.faults(shop, keys={"shop": wrong})
        assert fault.startswith("certificateKeys.shop: does not belong")
        assert wrong.splitlines()[1] not in fault
        assert "certificates: two have the same name" in self.faults(shop, shop, keys={"shop": right})[0]

    def test_the_key_is_a_secret_of_the_stack_and_never_shown(self) -> None:
        entry = {"name": "shop", "domain": DOMAIN, "chain": BOUGHT.pem}
        config = {**both("example"), "palisade:certificates": [entry]}
        keyed = {**config, "palisade:certificateKeys": {"shop": BOUGHT.key}}
        settings = loaded(keyed, ("palisade:certificateKeys",))
        assert settings.certificate_keys["shop"].get_secret_value() == BOUGHT.key
        assert BOUGHT.key.splitlines()[1] not in repr(settings)
        with pytest.raises(SettingsError, match=r"certificateKeys: is in plain text"):
            loaded(keyed)
        with pytest.raises(SettingsError, match=r"certificateKeys\.shop: is missing"):
            loaded(config)
