"""Single operations that moto lacks in services that it supports otherwise."""

from __future__ import annotations

from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError, not_found


def add_client_id(call: Call) -> dict[str, Any]:
    """iam: add an audience to an OpenID Connect provider."""
    provider = _oidc_provider(call)
    if call["ClientID"] not in provider.client_id_list:
        provider.client_id_list.append(call["ClientID"])
    return {}


def remove_client_id(call: Call) -> dict[str, Any]:
    """iam: remove an audience; a missing one is not an error, as in AWS."""
    provider = _oidc_provider(call)
    provider.client_id_list = [each for each in provider.client_id_list if each != call["ClientID"]]
    return {}


def name_managed_policies(call: Call) -> None:
    """iam: before moto responds, which lists managed policies without their names."""
    for policy in call.moto("iam").managed_policies.values():
        policy.policy_name = policy.name


def mark_aws_managed_keys(call: Call) -> None:
    """kms: before moto responds, which treats AWS's own keys (alias/aws/...) as customer keys without rotation."""
    for key in call.moto("kms").keys.values():
        if any(alias.startswith("alias/aws/") for alias in key.aliases):
            key.key_manager, key.key_rotation_status = "AWS", True


def _oidc_provider(call: Call) -> Any:
    found = call.moto("iam").open_id_providers.get(call["OpenIDConnectProviderArn"])
    if found is None:
        raise AwsError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {call['OpenIDConnectProviderArn']}")
    return found


def assume_role(call: Call) -> None:
    """sts: a session of an existing role, within the role's maximum duration; moto gives a session of any role."""
    role = next((role for role in call.moto("iam").get_roles() if role.arn == call["RoleArn"]), None)
    if role is None:
        raise AwsError(
            "AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {call['RoleArn']}"
        )
    if (call.get("DurationSeconds") or 0) > int(role.max_session_duration):
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def put_composite_alarm(call: Call) -> dict[str, Any]:
    """cloudwatch: an alarm on other alarms; moto stores and describes it."""
    call.moto("cloudwatch").put_metric_alarm(
        name=call["AlarmName"],
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=call.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=call.get("AlarmActions") or [],
        ok_actions=call.get("OKActions") or [],
        insufficient_data_actions=call.get("InsufficientDataActions") or [],
        actions_enabled=call.get("ActionsEnabled", True),
        rule=call["AlarmRule"],
        tags=call.get("Tags") or [],
    )
    return {}


def describe_certificate(call: Call) -> dict[str, Any]:
    """acm: a certificate, issued once its validation records are in a hosted zone; moto issues it after a minute."""
    certificate = call.moto("acm")._certificates.get(call["CertificateArn"])
    if certificate is None:
        raise not_found(f"Certificate with arn {call['CertificateArn']} not found")
    told = certificate.describe()["Certificate"]
    proofs = {
        (option["ResourceRecord"]["Name"].rstrip("."), option["ResourceRecord"]["Value"].rstrip("."))
        for option in told.get("DomainValidationOptions", ())
    }
    if certificate.status == "PENDING_VALIDATION" and proofs <= _records(call):
        certificate.status = "ISSUED"
    return certificate.describe()


def _records(call: Call) -> set[tuple[str, str]]:
    """(name, value) of every record in the account's hosted zones, without trailing dots."""
    zones = call.moto("route53").zones.values()
    return {
        (record.name.rstrip("."), (each["Value"] if isinstance(each, dict) else each).rstrip("."))
        for zone in zones
        for record in zone.rrsets
        for each in record.records
    }


def update_certificate_options(call: Call) -> dict[str, Any]:
    """acm: whether a certificate is added to the transparency logs."""
    certificates = call.moto("acm")._certificates
    if call["CertificateArn"] not in certificates:
        raise not_found(f"Certificate with arn {call['CertificateArn']} not found")
    certificate = certificates[call["CertificateArn"]]
    certificate.cert_options = {**certificate.cert_options, **call["Options"]}
    return {}


def reset_db_parameter_group(call: Call) -> dict[str, Any]:
    """rds: reset all or the named parameters to the engine's defaults."""
    name = call["DBParameterGroupName"]
    group = call.moto("rds").db_parameter_groups.get(name)
    if group is None:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    named = {parameter["ParameterName"] for parameter in call.get("Parameters") or []}
    for parameter in list(group.parameters):
        if parameter in named or not named:
            del group.parameters[parameter]
    return {"DBParameterGroupName": name}


def change_event_subscription(call: Call) -> dict[str, Any]:
    """rds: the sources of an event subscription, which moto accepts on creation only."""
    found = call.moto("rds").event_subscriptions.get(call["SubscriptionName"])
    if found is None:
        raise AwsError("SubscriptionNotFound", f"Subscription {call['SubscriptionName']} not found.")
    source = call.get("SourceIdentifier")
    if call.operation == "AddSourceIdentifierToSubscription":
        found.source_ids = sorted({*found.source_ids, source})
    elif call.operation == "RemoveSourceIdentifierFromSubscription":
        if source not in found.source_ids:
            raise AwsError("SourceNotFound", f"The source {source} is not in the subscription.")
        found.source_ids = [each for each in found.source_ids if each != source]
    else:
        found.sns_topic_arn = call.get("SnsTopicArn") or found.sns_topic_arn
        found.source_type = call.get("SourceType") or found.source_type
        found.event_categories = call.get("EventCategories", found.event_categories)
        found.enabled = call.get("Enabled", found.enabled)
    return {"EventSubscription": {"CustSubscriptionId": call["SubscriptionName"], "Status": "active"}}


def start_instance_refresh(call: Call) -> dict[str, Any]:
    """autoscaling: replace a group's instances by new ones of the current launch template."""
    backend = call.moto("autoscaling")
    group = _group(call)
    for state in list(group.instance_states):
        backend.terminate_instance(state.instance.id, should_decrement=False)
    group.set_desired_capacity(group.desired_capacity)
    call.table("refreshes")[call.id] = {
        "InstanceRefreshId": call.id,
        "AutoScalingGroupName": group.name,
        "Status": "Successful",
        "StartTime": now(),
        "EndTime": now(),
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
        "Strategy": call.get("Strategy") or "Rolling",
        "Preferences": call.get("Preferences"),
        "DesiredConfiguration": call.get("DesiredConfiguration"),
    }
    return {"InstanceRefreshId": call.id}


def describe_instance_refreshes(call: Call) -> dict[str, Any]:
    """autoscaling: the refreshes of a group, the newest first."""
    wanted = call.get("InstanceRefreshIds")
    found = [
        refresh
        for refresh in reversed(call.table("refreshes").values())
        if refresh["AutoScalingGroupName"] == _group(call).name
        and (not wanted or refresh["InstanceRefreshId"] in wanted)
    ]
    return page(call, found, "InstanceRefreshes", "MaxRecords", "NextToken")


def cancel_instance_refresh(call: Call) -> dict[str, Any]:
    """autoscaling: refreshes here end at once, so there is never one to cancel."""
    raise AwsError("ActiveInstanceRefreshNotFound", f"No in progress or pending refresh found for {_group(call).name}")


def _group(call: Call) -> Any:
    groups = call.moto("autoscaling").autoscaling_groups
    if call["AutoScalingGroupName"] not in groups:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - {call['AutoScalingGroupName']}")
    return groups[call["AutoScalingGroupName"]]


IAM: dict[str, Operation] = {
    "AddClientIDToOpenIDConnectProvider": add_client_id,
    "RemoveClientIDFromOpenIDConnectProvider": remove_client_id,
    "GetAccountAuthorizationDetails": name_managed_policies,
}
KMS: dict[str, Operation] = {
    "DescribeKey": mark_aws_managed_keys,
    "GetKeyRotationStatus": mark_aws_managed_keys,
}
STS: dict[str, Operation] = {"AssumeRole": assume_role}
CLOUDWATCH: dict[str, Operation] = {"PutCompositeAlarm": put_composite_alarm}
ACM: dict[str, Operation] = {
    "DescribeCertificate": describe_certificate,
    "UpdateCertificateOptions": update_certificate_options,
}
RDS: dict[str, Operation] = {
    "AddSourceIdentifierToSubscription": change_event_subscription,
    "ModifyEventSubscription": change_event_subscription,
    "RemoveSourceIdentifierFromSubscription": change_event_subscription,
    "ResetDBParameterGroup": reset_db_parameter_group,
}
AUTOSCALING: dict[str, Operation] = {
    "StartInstanceRefresh": start_instance_refresh,
    "DescribeInstanceRefreshes": describe_instance_refreshes,
    "CancelInstanceRefresh": cancel_instance_refresh,
}
