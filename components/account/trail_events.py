"""What in the account's trail is worth waking somebody for: filter patterns over CloudTrail records (INH-3)."""

from __future__ import annotations

from components.alarms import LogAlarm

ROOT_USE = LogAlarm(
    name="root-used",
    pattern=(
        '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS)'
        ' && ($.eventType != "AwsServiceEvent") }'
    ),
    description="The root user of the account was used. Nobody should: find out who and why (AWS-MFA).",
)
SIGN_IN_WITHOUT_MFA = LogAlarm(
    name="sign-in-without-mfa",
    # Roles of a directory bring their factor from there; AWS cannot see it.
    pattern=(
        '{ ($.eventName = "ConsoleLogin") && ($.userIdentity.type = "IAMUser")'
        ' && ($.responseElements.ConsoleLogin = "Success") && ($.additionalEventData.MFAUsed != "Yes") }'
    ),
    description="A user signed in to the console without a second factor: have them enrol one today (AWS-MFA).",
)
TRAIL_CHANGED = LogAlarm(
    name="trail-changed",
    pattern=(
        '{ ($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "StopLogging")'
        ' || ($.eventName = "DeleteTrail") || ($.eventName = "UpdateTrail") || ($.eventName = "PutEventSelectors")'
        ' || ($.eventName = "PutInsightSelectors")) }'
    ),
    description="The audit trail was stopped, changed or deleted. Restore it and find out who did it (AWS-TRAIL).",
)
KEY_DISABLED = LogAlarm(
    name="key-disabled",
    pattern=(
        '{ ($.eventSource = "kms.amazonaws.com")'
        ' && (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }'
    ),
    description="An encryption key was disabled or is to be deleted: what it encrypts, logs above all, will be lost."
    " `aws kms cancel-key-deletion` and `enable-key` undo it (AWS-TRAIL).",
)
TRAIL_ALARMS = (ROOT_USE, SIGN_IN_WITHOUT_MFA, TRAIL_CHANGED, KEY_DISABLED)
