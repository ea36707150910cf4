"""Who a load balancer or a rule may answer to, and how a Service says it (AWS-SG)."""

from __future__ import annotations

from collections.abc import Mapping
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

ADMIN_PORTS: Final[Mapping[int, str]] = {
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    111: "RPC",
    135: "RPC",
    139: "NetBIOS",
    445: "SMB",
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2375: "Docker",
    2376: "Docker",
    2181: "ZooKeeper",
    2379: "etcd",
    2380: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5439: "Redshift",
    5601: "Kibana",
    5671: "RabbitMQ",
    5672: "RabbitMQ",
    5900: "VNC",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    6443: "Kubernetes",
    8001: "kubectl proxy",
    8086: "InfluxDB",
    8182: "Neptune",
    9042: "Cassandra",
    9092: "Kafka",
    9094: "Kafka",
    9096: "Kafka",
    9098: "Kafka",
    9142: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10250: "kubelet",
    10255: "kubelet",
    11211: "memcached",
    15672: "RabbitMQ",
    27017: "MongoDB",
    61616: "ActiveMQ",
    61617: "ActiveMQ",
}
"""Ports of administration and of data, by what answers there."""


PUBLIC_PORT: Final = "a port of a service for the public; what administers or holds data is reached through the VPN"
"""What may face the Internet, in words."""


def admin_ports(low: int, high: int) -> str:
    """Name the ports of administration within a range; empty: there are none."""
    return ", ".join(f"{port} ({name})" for port, name in ADMIN_PORTS.items() if low <= port <= high)


ROUTES: Final[Mapping[str, frozenset[str] | None]] = {
    "application-networking.k8s.aws": None,
    "apisix.apache.org": None,
    "configuration.konghq.com": frozenset({"TCPIngress", "UDPIngress"}),
    "elbv2.k8s.aws": frozenset({"TargetGroupBinding"}),
    "extensions": frozenset({"Ingress"}),
    "gateway.networking.k8s.io": None,
    "gateway.networking.x-k8s.io": None,
    "gateway.solo.io": None,
    "getambassador.io": None,
    "k8s.nginx.org": frozenset({"GlobalConfiguration", "TransportServer", "VirtualServer", "VirtualServerRoute"}),
    "networking.istio.io": frozenset({"Gateway"}),
    "networking.k8s.io": frozenset({"Ingress"}),
    "projectcontour.io": frozenset({"HTTPProxy"}),
    "traefik.containo.us": frozenset({"IngressRoute", "IngressRouteTCP", "IngressRouteUDP"}),
    "traefik.io": frozenset({"IngressRoute", "IngressRouteTCP", "IngressRouteUDP"}),
}
"""API group -> its kinds that lead from outside to Services, None for all: the Ingress and Gateway APIs, and the
common controllers' own (by their API references, known 2026-11-28)."""
PORT_FIELDS: Final = frozenset(
    {"backendPort", "containerPort", "listenPort", "number", "port", "servicePort", "targetPort"}
)
"""What they call ports."""
