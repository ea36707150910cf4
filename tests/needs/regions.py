"""What a region offers, for runs of the program in it.

Source of what is missing: AWS PrivateLink's guide, and Systems Manager's "ec2messages is not available in Regions
launched in 2024 or later" (docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html), read
2026-11-28.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.providers.base import ProviderError

NOT_OFFERED: Final = {("mx-central-1", "ec2messages")}
"""(region, endpoint service)."""


def zones(region: str) -> dict[str, Any]:
    """Three zones."""
    names = [f"{region}{letter}" for letter in "abc"]
    return {"id": region, "names": names, "zoneIds": [f"{region}-az{number}" for number in (1, 2, 3)]}


def offers(region: str, service: str) -> bool:
    """Whether AWS has VPC endpoints of a service, the last part of com.amazonaws.<region>.<service>, in a region."""
    return (region, service) not in NOT_OFFERED


def endpoint_service(region: str, name: str) -> dict[str, Any]:
    """The answer to a look-up of an endpoint service.

    Raises:
        ProviderError: AWS does not offer it there.
    """
    if not offers(region, name.split(".", 3)[3]):
        raise ProviderError(f"no matching EC2 VPC Endpoint Service found: {name}", "InvalidServiceName")
    return {
        "serviceName": name,
        "serviceId": "vpce-svc-0123456789abcdef0",
        "serviceType": "Interface",
        "availabilityZones": zones(region)["names"],
    }
