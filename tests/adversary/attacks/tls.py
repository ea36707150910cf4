"""Attacks on encryption in transit and on certificates."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

LISTENER: Final = "aws:lb/listener:Listener"
CERTIFICATE: Final = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
OLD: Final = "ELBSecurityPolicy-2016-08"


def _attack(name: str, why: str, item: Item, blocked_by: str, requirement: str = "TLS-CFG") -> Attack:
    return Attack(name=name, requirement=requirement, why=why, items=(item,), blocked_by=blocked_by)


def _listener(name: str, why: str, **props: Any) -> Attack:
    made = {"loadBalancerArn": "lb", "port": 443, "protocol": "HTTPS", "certificateArn": CERTIFICATE, **props}
    return _attack(name, why, Item(type=LISTENER, props=made), "listener-https-modern-policy")


ATTACKS: Final = (
    _listener("listener_of_2016", "Clients can negotiate TLS 1.0.", sslPolicy=OLD),
    _listener("listener_of_the_default", "AWS's default for a new listener speaks TLS 1.0."),
    _listener(
        "listener_in_plain_text",
        "Passwords go over the Internet in plain text.",
        port=80,
        protocol="HTTP",
        defaultActions=[{"type": "forward", "targetGroupArn": "t"}],
    ),
    _attack(
        "classic_balancer_in_plain_text",
        "The classic load balancer serves plain HTTP.",
        Item(
            type="aws:elb/loadBalancer:LoadBalancer",
            props={"listeners": [{"instancePort": 80, "instanceProtocol": "http", "lbPort": 80, "lbProtocol": "http"}]},
        ),
        "listener-https-modern-policy",
    ),
    _attack(
        "distribution_of_tls_1_0",
        "CloudFront speaks TLS 1.0 with its own certificate.",
        Item(
            type="aws:cloudfront/distribution:Distribution",
            props={
                "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https"},
                "viewerCertificate": {"cloudfrontDefaultCertificate": True},
            },
        ),
        "edge-tls-modern",
    ),
    _attack(
        "distribution_in_plain_text",
        "One path of many is served without TLS.",
        Item(
            type="aws:cloudfront/distribution:Distribution",
            props={
                "viewerCertificate": {"acmCertificateArn": CERTIFICATE, "minimumProtocolVersion": "TLSv1.2_2021"},
                "defaultCacheBehavior": {"viewerProtocolPolicy": "https-only"},
                "orderedCacheBehaviors": [{"pathPattern": "/login", "viewerProtocolPolicy": "allow-all"}],
            },
        ),
        "edge-tls-modern",
    ),
    _attack(
        "api_of_tls_1_0",
        "The API speaks TLS 1.0.",
        Item(
            type="aws:apigateway/domainName:DomainName",
            props={"domainName": "api.example.org", "securityPolicy": "TLS_1_0"},
        ),
        "edge-tls-modern",
    ),
    _attack(
        "ingress_of_2016",
        "The controller makes a listener that speaks TLS 1.0.",
        Item(
            type="kubernetes:networking.k8s.io/v1:Ingress",
            props={
                "metadata": {
                    "name": "web",
                    "namespace": "shop",
                    "annotations": {
                        "alb.ingress.kubernetes.io/ssl-policy": OLD,
                        "alb.ingress.kubernetes.io/listen-ports": '[{"HTTPS": 443}]',
                    },
                },
                "spec": {
                    "ingressClassName": "alb",
                    "defaultBackend": {"service": {"name": "w", "port": {"number": 80}}},
                },
            },
        ),
        "ingress-tls-modern",
    ),
    _attack(
        "service_with_a_certificate_alone",
        "The balancer of the Service takes AWS's default policy.",
        Item(
            type="kubernetes:core/v1:Service",
            props={
                "metadata": {
                    "name": "web",
                    "namespace": "shop",
                    "annotations": {"service.beta.kubernetes.io/aws-load-balancer-ssl-cert": CERTIFICATE},
                },
                "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]},
            },
        ),
        "ingress-tls-modern",
    ),
    _attack(
        "certificate_of_ten_years",
        "A stolen key is good for ten years.",
        Item(
            type="tls:index/selfSignedCert:SelfSignedCert",
            props={"allowedUses": ["server_auth"], "validityPeriodHours": 87600},
        ),
        "certificate-key-and-lifetime",
        "TLS-INT",
    ),
    _attack(
        "key_that_can_be_broken",
        "RSA of 1024 bits is within reach.",
        Item(type="tls:index/privateKey:PrivateKey", props={"algorithm": "RSA", "rsaBits": "1024"}),
        "certificate-key-and-lifetime",
        "TLS-INT",
    ),
    _attack(
        "public_certificate_of_a_short_key",
        "RSA of 1024 bits is within reach.",
        Item(
            type="aws:acm/certificate:Certificate",
            props={"domainName": "www.example.org", "validationMethod": "DNS", "keyAlgorithm": "RSA_1024"},
        ),
        "certificate-key-and-lifetime",
        "TLS-CFG",
    ),
)
