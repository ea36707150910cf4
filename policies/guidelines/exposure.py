"""Who a load balancer or a rule may answer to, and how a Service says it (AWS-SG)."""

from __future__ import annotations

from typing import Final

WIDEST_IPV4: Final = 16
WIDEST_IPV6: Final = 40
"""Shorter prefixes reach more than one organisation's own addresses."""
PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
"""What is not reached over the Internet. Ranges for documentation are none of these: in a rule, they are a stand-in
for somebody's public addresses."""

AWS_ANNOTATION: Final = "service.beta.kubernetes.io/"
SCHEME: Final = f"{AWS_ANNOTATION}aws-load-balancer-scheme"
INTERNAL_SCHEME: Final = "internal"
INTERNAL: Final = f"{AWS_ANNOTATION}aws-load-balancer-internal"
INTERNAL_VALUES: Final = ("true", "0.0.0.0/0")
"""What the two annotations say of a balancer that only the VPC reaches. The AWS Load Balancer Controller goes by the
first where both are there; the controller that every EKS cluster has knows the second alone, and leaves a Service to
the other for its class or its type."""
TYPE: Final = f"{AWS_ANNOTATION}aws-load-balancer-type"
EXTERNAL_TYPES: Final = ("external", "nlb-ip")
SOURCES: Final = f"{AWS_ANNOTATION}load-balancer-source-ranges"
"""Read where spec.loadBalancerSourceRanges says nothing."""
