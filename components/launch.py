"""What every instance of ours has, whatever it is for: nodes and bastion alike (INH-4)."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi_aws as aws


def metadata_options() -> aws.ec2.LaunchTemplateMetadataOptionsArgs:
    """Only with a token and one hop away: no pod and no proxied request gets the credentials of the instance."""
    return aws.ec2.LaunchTemplateMetadataOptionsArgs(
        http_endpoint="enabled",
        http_tokens="required",
        http_put_response_hop_limit=1,
        instance_metadata_tags="disabled",
    )


def tag_specifications(tags: Mapping[str, str]) -> list[aws.ec2.LaunchTemplateTagSpecificationArgs]:
    """The tags of all that a launch makes: AWS does not pass those of the template on."""
    return [
        aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
        for kind in ("instance", "network-interface", "volume")
    ]
