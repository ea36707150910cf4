"""Settings common to all of our instances, nodes and bastion alike (INH-4)."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi_aws as aws


def metadata_options() -> aws.ec2.LaunchTemplateMetadataOptionsArgs:
    """Require a token and allow one hop: no pod and no proxied request gets the instance's credentials."""
    return aws.ec2.LaunchTemplateMetadataOptionsArgs(
        http_endpoint="enabled",
        http_tokens="required",
        http_put_response_hop_limit=1,
        instance_metadata_tags="disabled",
    )


def tag_specifications(tags: Mapping[str, str]) -> list[aws.ec2.LaunchTemplateTagSpecificationArgs]:
    """Tags of all resources that a launch creates: AWS does not propagate the template's own tags."""
    return [
        aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
        for kind in ("instance", "network-interface", "volume")
    ]
