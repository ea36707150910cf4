"""ACM's certificates, the DNS validation records, and the wait for both."""

from __future__ import annotations

from collections.abc import Set

from sandbox.providers.aws.client import Aws, AwsError, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties

IMPORTED = {"certificateBody", "certificateChain", "privateKey"}


class Certificate(Kind):
    """A certificate that ACM issues or imports; its ID is its ARN."""

    token = "aws:acm/certificate:Certificate"
    accepts = {"domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm", "options", *IMPORTED}
    replaces = {"domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        tags = tag_list(inputs.get("tagsAll")) or None
        if inputs.get("privateKey"):
            return self._import(aws, inputs, Tags=tags)
        options = aws.shaped("acm", "request_certificate", {"options": inputs.get("options")})
        made = aws.call(
            "acm", "request_certificate", DomainName=inputs["domainName"], ValidationMethod=inputs["validationMethod"],
            SubjectAlternativeNames=inputs.get("subjectAlternativeNames") or None,
            KeyAlgorithm=inputs.get("keyAlgorithm"), Tags=tags, **options,
        )  # fmt: skip
        return made["CertificateArn"]

    @staticmethod
    def _import(aws: Aws, inputs: Properties, **more: object) -> str:
        made = aws.call(
            "acm", "import_certificate", Certificate=inputs["certificateBody"], PrivateKey=inputs["privateKey"],
            CertificateChain=inputs.get("certificateChain"), **more,
        )  # fmt: skip
        return made["CertificateArn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("acm", "describe_certificate", "Certificate", CertificateArn=id_)
        if found is None:
            return None
        tags = aws.call("acm", "list_tags_for_certificate", CertificateArn=id_)["Tags"]
        domain, given = found["DomainName"], state.get("subjectAlternativeNames") or []
        # moto makes RSA keys for every algorithm: the algorithm in its response would be drift.
        return {
            "arn": id_,
            "domainName": domain,
            # ACM adds the domain; the provider ignores that change (CustomizeDiff of internal/service/acm).
            "subjectAlternativeNames": [
                name for name in found["SubjectAlternativeNames"] if name != domain or domain in given
            ],
            "status": found["Status"],
            "type": found["Type"],
            "notAfter": found["NotAfter"].isoformat(),
            "notBefore": found["NotBefore"].isoformat(),
            "domainValidationOptions": [
                {
                    "domainName": option["DomainName"],
                    "resourceRecordName": option["ResourceRecord"]["Name"],
                    "resourceRecordType": option["ResourceRecord"]["Type"],
                    "resourceRecordValue": option["ResourceRecord"]["Value"],
                }
                for option in found.get("DomainValidationOptions") or []
            ],
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed & IMPORTED:
            self._import(aws, new, CertificateArn=id_)
        if "options" in changed:
            options = aws.shaped("acm", "update_certificate_options", {"options": new.get("options")})
            aws.call("acm", "update_certificate_options", CertificateArn=id_, **options)
        if "tags" in changed:
            before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
            if gone := {name: text for name, text in before.items() if name not in after}:
                aws.call("acm", "remove_tags_from_certificate", CertificateArn=id_, Tags=tag_list(gone))
            aws.call("acm", "add_tags_to_certificate", CertificateArn=id_, Tags=tag_list(after))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("acm", "delete_certificate", CertificateArn=id_)


class CertificateValidation(Kind):
    """The wait until ACM has issued a certificate. The emulated ACM issues it as soon as all records exist."""

    token = "aws:acm/certificateValidation:CertificateValidation"
    accepts = {"certificateArn", "validationRecordFqdns"}
    replaces = {"certificateArn", "validationRecordFqdns"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        arn = inputs["certificateArn"]
        found = aws.call("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
        wanted = {option["ResourceRecord"]["Name"].rstrip(".") for option in found["DomainValidationOptions"]}
        given = {name.rstrip(".") for name in inputs.get("validationRecordFqdns") or wanted}
        if missing := sorted(wanted - given):
            raise AwsError(f"missing DNS validation record: {', '.join(missing)}", "ValidationException")
        if found["Status"] != "ISSUED":
            raise AwsError(
                f"waiting for ACM Certificate ({arn}) to be issued: timeout while waiting for state to become "
                f"'ISSUED' (last state: '{found['Status']}')",
                "Timeout",
            )
        return found["IssuedAt"].isoformat()

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        arn = state["certificateArn"]
        status = aws.find("acm", "describe_certificate", "Certificate.Status", CertificateArn=arn)
        return {"certificateArn": arn} if status == "ISSUED" else None

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        return


class Record(Kind):
    """A record of a hosted zone: the simple form, without aliases and routing."""

    token = "aws:route53/record:Record"
    accepts = {"zoneId", "name", "type", "ttl", "records", "allowOverwrite"}
    replaces = {"zoneId", "name", "type"}
    taggable = False

    @staticmethod
    def _change(aws: Aws, action: str, inputs: Properties) -> None:
        record = {
            "Name": inputs["name"],
            "Type": inputs["type"],
            "TTL": int(inputs["ttl"]),
            "ResourceRecords": [{"Value": value} for value in inputs["records"]],
        }
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        aws.call("route53", "change_resource_record_sets", HostedZoneId=inputs["zoneId"], ChangeBatch=batch)

    def create(self, aws: Aws, inputs: Properties) -> str:
        self._change(aws, "UPSERT" if inputs.get("allowOverwrite") else "CREATE", inputs)
        return f"{inputs['zoneId']}_{inputs['name'].rstrip('.')}_{inputs['type']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        name, type_ = f"{state['name'].rstrip('.')}.", state["type"]
        path = f"ResourceRecordSets[?Name=='{name}' && Type=='{type_}'] | [0]"
        found = aws.find(
            "route53", "list_resource_record_sets", path, HostedZoneId=state["zoneId"], StartRecordName=name
        )
        if found is None:
            return None
        return {
            "zoneId": state["zoneId"],
            "name": state["name"],
            "fqdn": name.rstrip("."),
            "type": type_,
            "ttl": found["TTL"],
            "records": [record["Value"] for record in found["ResourceRecords"]],
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self._change(aws, "UPSERT", new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        self._change(aws, "DELETE", state)


KINDS = (Certificate, CertificateValidation, Record)
