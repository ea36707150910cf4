"""Deis (Hephy) as data: its objects, its environment, what its router reads, and what is never allowed in it.

DEIS-REG, DEIS-WL, TLS-CFG. The router takes its configuration from annotations and falls back to its own, open defaults
when a value is not valid, with nothing but a warning; so every value is rendered here, from checked facts, and nowhere
else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from policies.guidelines.cidr import whitelist_faults
from policies.guidelines.tls import INTERMEDIATE, Profile

# Objects.

NAMESPACE: Final = "deis"
CONTROLLER: Final = "deis-controller"
BUILDER: Final = "deis-builder"
ROUTER: Final = "deis-router"
RESTART: Final = "deis-restart"
"""The Job that restarts controller and builder every month."""
COMPONENTS: Final = (CONTROLLER, BUILDER, ROUTER)
"""Names of the Deployments, and of their Services, ServiceAccounts, containers and `app` labels."""

APPLICATION_LABEL: Final = ("heritage", "deis")
"""Of the namespaces that the controller makes, one an application. It gives them no other."""

DRYCC: Final = "drycc"
CHART_WORDS: Final = ("deis", DRYCC, "hephy")
"""One of these in a chart's name, path or repository makes it Deis or a successor: `workflow` alone does not."""
UMBRELLA: Final = "workflow"
"""The chart that holds the charts of all components, each with its values under the component's name."""

STORAGE_SECRET: Final = "objectstorage-keyfile"  # noqa: S105 (a name)
"""Name of the Secret with the storage key, in Deis's namespace and copied into each application's."""
ROLE_PREFIX: Final = "deis:"
"""How the names of its ClusterRoles begin, each followed by the service account's that has it."""
BUILD_SECRET: Final = "[a-z0-9-]+-build-env"  # noqa: S105 (a pattern)
BUILD_POD: Final = "(?:slug|docker)build-[a-z0-9-]+"
"""Patterns of the names of the Secrets and pods that the builder makes, both in Deis's own namespace (v2.13.7,
pkg/gitreceive/build.go and k8s_util.go; read 2026-11-28)."""

CONTROLLER_PORT: Final = 8000
CONTROLLER_SERVICE_PORT: Final = 80
"""The router proxies to port 80 of a Service's address and to no other."""
BUILDER_PORT: Final = 2223
BUILDER_HEALTH_PORT: Final = 8092
GIT_PORT: Final = 2222
"""Of the builder's Service, of the router's container, and of the load balancer."""
ROUTER_HTTP_PORT: Final = 8080
ROUTER_HTTPS_PORT: Final = 6443
ROUTER_HEALTH_PORT: Final = 9090
"""Health and nginx's status; never on a Service that anyone outside reaches."""
ROUTER_PUBLIC_PORTS: Final[Mapping[int, int]] = {
    80: ROUTER_HTTP_PORT,
    443: ROUTER_HTTPS_PORT,
    GIT_PORT: GIT_PORT,
}
"""Port of the load balancer -> port of the router's container."""

PLATFORM_CERTIFICATE_NAME: Final = "deis-router-platform-cert"
DHPARAM_NAME: Final = "deis-router-dhparam"
DHPARAM_KEY: Final = "dhparam"
"""Names of the Secrets that the router reads, and the one key of the second."""

# Registration (DEIS-REG).

RegistrationMode = Literal["admin_only", "disabled"]
REGISTRATION_VARIABLE: Final = "REGISTRATION_MODE"
"""Of the controller's environment. Where it is missing, registration is open."""
REGISTRATION_VALUE_KEYS: Final = ("registration_mode", "registrationMode")
"""The same in the values of a chart, below `controller`: Deis and Hephy read the first, Drycc the second."""
REGISTRATION_MODES: Final[tuple[RegistrationMode, ...]] = ("admin_only", "disabled")
OPEN_REGISTRATION: Final = "enabled"

# Environment.

DEBUG_VARIABLE: Final = "DEIS_DEBUG"
"""Any text in it, `false` included, turns debugging on: never set."""
SECRET_VARIABLES: Final = (
    "DEIS_SECRET_KEY",
    "DEIS_BUILDER_KEY",
    "DEIS_DATABASE_PASSWORD",
    "DEIS_DEPLOY_HOOK_SECRET_KEY",
)
"""They come from a Secret, and are never in a pod template."""
REQUIRED_VARIABLES: Final = (
    REGISTRATION_VARIABLE,
    "DEIS_SECRET_KEY",
    "DEIS_BUILDER_KEY",
    "DEIS_DATABASE_NAME",
    "DEIS_DATABASE_SERVICE_HOST",
    "DEIS_DATABASE_SERVICE_PORT",
    "DEIS_DATABASE_USER",
    "DEIS_DATABASE_PASSWORD",
)
"""For each of these the controller has a fallback that is public, open or surprising: always set."""
NATIVE_INGRESS_VARIABLES: Final = ("EXPERIMENTAL_NATIVE_INGRESS", "NATIVE_INGRESS")
"""Take the router away, and with it every whitelist; the second is of the versions after v2.22.0."""
NATIVE_INGRESS_KEYS: Final = ("experimental_native_ingress", "native_ingress", "use_native_ingress")
"""The same in a chart's values, below `global`; the last makes a load balancer of the builder's Service."""
OFF: Final = frozenset({"", "0", "f", "false", "n", "no", "off"})
"""What the controller takes for a no."""
SIGNATURE_VARIABLES: Final = ("DEIS_SECRET_KEY", REGISTRATION_VARIABLE)
"""Nothing but the controller is given these: by them, its image is known under any name."""
K8S_TLS_VARIABLE: Final = "K8S_API_VERIFY_TLS"
"""`true`, or the controller talks to the API without checking whose certificate it gets."""

CONTROLLER_VARIABLES: Final = frozenset(
    {
        *REQUIRED_VARIABLES,
        *SECRET_VARIABLES,
        *NATIVE_INGRESS_VARIABLES,
        K8S_TLS_VARIABLE,
        "APP_STORAGE",
        "CONN_MAX_AGE",
        "DEIS_DEFAULT_CONFIG_TAGS",
        "DEIS_DEPLOY_BATCHES",
        "DEIS_DEPLOY_HOOK_URLS",
        "DEIS_DEPLOY_PROCFILE_MISSING_REMOVE",
        "DEIS_DEPLOY_REJECT_IF_PROCFILE_MISSING",
        "DEIS_DEPLOY_TIMEOUT",
        "DEIS_EXPOSE_POD_IP",
        "DEIS_IGNORE_SCHEDULING_FAILURE",
        "DEIS_LOGGER_SERVICE_HOST",
        "DEIS_LOGGER_SERVICE_PORT_HTTP",
        "DEIS_MINIO_SERVICE_HOST",
        "DEIS_MINIO_SERVICE_PORT",
        "DEIS_REGISTRY_LOCATION",
        "DEIS_REGISTRY_SECRET_PREFIX",
        "DEIS_REGISTRY_SERVICE_HOST",
        "DEIS_REGISTRY_SERVICE_PORT",
        "DEIS_ROUTER_SERVICE_HOST",
        "DEIS_ROUTER_SERVICE_PORT",
        "GUNICORN_WORKERS",
        "IMAGE_PULL_POLICY",
        "KUBERNETES_DEPLOYMENTS_REVISION_HISTORY_LIMIT",
        "KUBERNETES_NAMESPACE_DEFAULT_QUOTA_SPEC",
        "KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS",
        "LDAP_BIND_DN",
        "LDAP_BIND_PASSWORD",
        "LDAP_ENDPOINT",
        "LDAP_GROUP_BASEDN",
        "LDAP_GROUP_FILTER",
        "LDAP_USER_BASEDN",
        "LDAP_USER_FILTER",
        "LOG_VERBOSE",
        "NATIVE_INGRESS_HOSTNAME",
        "RESERVED_NAMES",
        "SLUGRUNNER_IMAGE_NAME",
        "TZ",
        "WORKFLOW_NAMESPACE",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
    }
)
"""What the controller reads (Hephy v2.22.0, rootfs/api/settings/production.py, rootfs/deis/gunicorn/config.py and the
chart; read 2026-11-28), and what libpq and Python take from us. Not debugging, and nothing that brings code or settings
along: GUNICORN_CMD_ARGS, PYTHONPATH, HOME, LD_PRELOAD, DJANGO_SETTINGS_MODULE, KUBERNETES_SERVICE_HOST."""

# Code.

CONTROLLER_IMAGE: Final = r"(?:deis|drycc|hephy)(?:.*[/_.-])?controller$"
"""Names of the controller's image, in lower case and without tag and digest, under whatever registry and prefix a
mirror has. In RE2's syntax and Python's alike, as all that follow."""
LABELLED_IMAGES: Final[Mapping[str, str]] = {CONTROLLER: "controller$", BUILDER: "builder$"}
"""`app` label -> how the name of the image ends that bears it: whatever a mirror calls the rest."""
ROUTER_IMAGE: Final = "router$"
"""The same of the router, whose label matters in Deis's own namespace."""
CONTROLLER_MENTION: Final = rf"{REGISTRATION_VARIABLE}|api\.wsgi|deis/gunicorn"
"""In a command line, that it is the controller's."""
CONTROLLER_COMMANDS: Final = (
    (),
    ("/app/bin/boot",),
    ("gunicorn", "-c", "/app/deis/gunicorn/config.py", "api.wsgi"),
)
"""Command and arguments by which the controller serves: the image's own, and what that script starts."""
CONTROLLER_DIRECTORY: Final = "/app"
"""The image's working directory: Python and gunicorn take modules from wherever they are started."""
CONTROLLER_MOUNTS: Final = (
    r"^(?:/tmp|/var/tmp|/etc/deis|(?:/var)?/run/secrets|/var/run/docker\.sock)(?:/[\w-][\w.-]*)*$"
)
"""Where volumes may be: never over the image's code, its interpreter or its libraries."""
SERVING: Final = rf"gunicorn|runserver|bin/boot|{CONTROLLER_MENTION}"
"""In the command line of a task, that it serves after all."""
APPLICATION_CODE: Final = r"manage\.py"
"""In a command line, that Deis's code runs with all of its settings."""

DEFAULT_CREDENTIALS: Final[Mapping[str, tuple[str, str]]] = {
    "grafana": ("admin", "admin"),
    "minio": ("8TZRY2JRWMPT6UMXR6I5", "gbstrOvotMMcg2sMfGUhA5a6Et/EI5ALtIHsobYk"),
}
"""Pairs that every installation of the chart shares."""
FORBIDDEN_SECRETS: Final = frozenset(secret for _, secret in DEFAULT_CREDENTIALS.values())
SHARED_DH_PARAMETERS_START: Final = "MIICCAKCAgEA15zPpPpIli62P/ZLqTpxXvsG1KYShgo2T8ZEgUs3CqN6bIN1Hu5W"
"""First line within the PEM of the one set of DH parameters that the chart gives to everybody."""

# Annotations.

ANNOTATION_PREFIX: Final = "router.deis.io/"
NGINX_PREFIX: Final = f"{ANNOTATION_PREFIX}nginx."
"""Read from the metadata of the Deployment deis-router, not of its pod template, and of the Service deis-builder."""
ROUTABLE_LABEL: Final = f"{ANNOTATION_PREFIX}routable"
WHITELIST_ANNOTATION: Final = f"{ANNOTATION_PREFIX}whitelist"
"""Of a routable Service."""
DEFAULT_WHITELIST_ANNOTATION: Final = f"{NGINX_PREFIX}defaultWhitelist"
ENFORCE_ANNOTATION: Final = f"{NGINX_PREFIX}enforceWhitelists"
PROXY_PROTOCOL_ANNOTATION: Final = f"{NGINX_PREFIX}useProxyProtocol"
PROXY_CIDRS_ANNOTATION: Final = f"{NGINX_PREFIX}proxyRealIpCidrs"
"""Without these two the router takes a client's address from X-Forwarded-For, as any peer in 10.0.0.0/8 writes it
(v2.19.0, model/model.go, newRouterConfig; read 2026-11-28): whitelists then hold what clients say of themselves."""
ROUTER_SWITCHES: Final = (ENFORCE_ANNOTATION, PROXY_PROTOCOL_ANNOTATION)
"""Must be `true` on the router, or no whitelist holds."""
CERTIFICATES_ANNOTATION: Final = f"{ANNOTATION_PREFIX}certificates"
CERTIFICATE_SUFFIX: Final = "-cert"
"""`<domain>:<name>` in the annotation is the Secret `<name>-cert` in the Service's namespace."""
CERTIFICATE_NAME: Final = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*")
"""Names that controller and router take."""
DOMAINS_ANNOTATION: Final = f"{ANNOTATION_PREFIX}domains"
CONTROLLER_DOMAIN: Final = "deis"
"""The controller answers at deis.<platform domain>."""
SERVICE_ANNOTATIONS: Final = (
    CERTIFICATES_ANNOTATION,
    f"{ANNOTATION_PREFIX}connectTimeout",
    f"{ANNOTATION_PREFIX}disableRequestStartHeader",
    DOMAINS_ANNOTATION,
    f"{ANNOTATION_PREFIX}maintenance",
    f"{NGINX_PREFIX}connectTimeout",
    f"{NGINX_PREFIX}proxyBuffers.busySize",
    f"{NGINX_PREFIX}proxyBuffers.enabled",
    f"{NGINX_PREFIX}proxyBuffers.number",
    f"{NGINX_PREFIX}proxyBuffers.size",
    f"{NGINX_PREFIX}tcpTimeout",
    f"{ANNOTATION_PREFIX}referrerPolicy",
    f"{ANNOTATION_PREFIX}ssl.enforce",
    f"{ANNOTATION_PREFIX}tcpTimeout",
    WHITELIST_ANNOTATION,
)
"""What the router reads of a Service and holds against a pattern before it writes it into nginx's configuration.

It writes others as they are, such as `proxyLocations`, which also puts them under another Service's name."""

WhitelistMode = Literal["override", "extend"]
WHITELIST_MODES: Final[tuple[WhitelistMode, ...]] = ("override", "extend")

DOMAIN: Final = re.compile(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z0-9]+(?:-[a-z0-9]+)*[a-z0-9]", re.ASCII)
"""Platform domains that the router takes: lower case, no two dashes in a row."""

FIXED_ROUTER_VALUES: Final[Mapping[str, str]] = {
    "disableServerTokens": "true",
    "enforceWhitelists": "true",
    "ssl.enforce": "true",
    "ssl.hsts.enabled": "true",
    "ssl.hsts.includeSubDomains": "true",
    "ssl.useSessionTickets": "false",
    "useProxyProtocol": "true",
    # An empty value fails nginx's reload; GET and HEAD could be replayed with a token in them.
    "ssl.earlyDataMethods": "OPTIONS",
}
"""Hardened values that depend on nothing, by their name after NGINX_PREFIX. The router's own default is weaker."""


def joined(ranges: Iterable[str]) -> str:
    """A list as the router reads it: no spaces, no comma at the end."""
    return ",".join(ranges)


def ciphers(profile: Profile) -> str:
    """The router's list of suites.

    Without one it accepts CBC and RSA key exchange, so a profile without TLS 1.2 lists the AEAD suites all the same.
    """
    return ":".join((*(profile.tls12_suites or INTERMEDIATE.tls12_suites), *profile.tls13_suites))


def router_annotations(
    whitelist: Sequence[str],
    mode: WhitelistMode,
    proxy_real_ip_cidrs: Sequence[str],
    profile: Profile,
    *,
    platform_domain: str | None = None,
    allow_wide: bool = False,
) -> dict[str, str]:
    """Every annotation of the Deployment deis-router that matters for safety, hardened.

    Args:
        whitelist: who may talk to whatever has no list of its own, the controller included.
        mode: whether an application's own list replaces this one or adds to it.
        proxy_real_ip_cidrs: the subnets of the load balancer: whose PROXY header is believed.
        profile: TLS profile.
        platform_domain: applications answer at <app>.<platform domain>.
        allow_wide: see `cidr.whitelist_faults`.

    Raises:
        ValueError: a value that the router would not take, or that would leave it open.
    """
    faults = [f"whitelist: {fault}" for fault in whitelist_faults(whitelist, allow_wide=allow_wide)]
    faults += [f"proxy ranges: {fault}" for fault in whitelist_faults(proxy_real_ip_cidrs)]
    if mode not in WHITELIST_MODES:
        faults.append(f"whitelist mode: {mode} is not one of {', '.join(WHITELIST_MODES)}")
    if platform_domain is not None and not DOMAIN.fullmatch(platform_domain):
        faults.append(f"platform domain: {platform_domain} is none that the router takes")
    if faults:
        raise ValueError("; ".join(f"{fault} (DEIS-WL)" for fault in faults))
    values = {
        **FIXED_ROUTER_VALUES,
        "defaultWhitelist": joined(whitelist),
        "proxyRealIpCidrs": joined(proxy_real_ip_cidrs),
        "ssl.ciphers": ciphers(profile),
        "ssl.hsts.maxAge": str(profile.hsts_max_age_seconds),
        "ssl.protocols": " ".join(profile.protocols),
        "whitelistMode": mode,
    }
    if platform_domain is not None:
        values["platformDomain"] = platform_domain
    return {NGINX_PREFIX + key: values[key] for key in sorted(values)}


def controller_annotations(whitelist: Sequence[str], *, allow_wide: bool = False) -> dict[str, str]:
    """The annotations of the Service deis-controller.

    Its own whitelist holds even where somebody takes the router's default away.

    Raises:
        ValueError: the router would not take the list, or the list lets everyone in.
    """
    if faults := whitelist_faults(whitelist, allow_wide=allow_wide):
        raise ValueError("; ".join(f"whitelist: {fault} (DEIS-WL)" for fault in faults))
    return {
        f"{ANNOTATION_PREFIX}connectTimeout": "10s",
        DOMAINS_ANNOTATION: CONTROLLER_DOMAIN,
        f"{ANNOTATION_PREFIX}ssl.enforce": "true",
        f"{ANNOTATION_PREFIX}tcpTimeout": "1200s",
        WHITELIST_ANNOTATION: joined(whitelist),
    }


BUILDER_ANNOTATIONS: Final[Mapping[str, str]] = {
    f"{NGINX_PREFIX}connectTimeout": "10s",
    f"{NGINX_PREFIX}tcpTimeout": "1200s",
}
"""Of the Service deis-builder: the only two that the router reads there."""


def is_controllers_name(domain: str) -> bool:
    """Whether the router would lead to a Service of this domain those who ask for the controller.

    Of two that bear a name nginx serves the first, and an application's namespace may come before Deis's.
    """
    return domain.strip().lower().split(".")[0] == CONTROLLER_DOMAIN


def is_deis_chart(chart: str, repository: str = "") -> bool:
    """Whether a chart's name, path or repository is one of Deis's or its successors'."""
    return any(word in f"{chart} {repository}".lower() for word in CHART_WORDS)


# What leads to the controller and the builder: the router, and nothing else.

GUARDED: Final = (CONTROLLER, BUILDER)
"""Reached through the router's whitelists alone."""
GUARDED_MENTION: Final = rf"^(?:.*[/@])?(?:{'|'.join(GUARDED)})(?:\.[\w.-]*)?(?::\d+)?(?:/.*)?$"
"""A text that names one of them: as a Service, a host, a URL, or `namespace/service:port`."""
NAMING_GROUPS: Final = frozenset(
    {
        "aquasecurity.github.io",
        "cilium.io",
        "crd.projectcalico.org",
        "keda.sh",
        "kyverno.io",
        "monitoring.coreos.com",
        "policy.linkerd.io",
        "projectcalico.org",
        "security.istio.io",
        "velero.io",
        "vpcresources.k8s.aws",
    }
)
"""API groups of others whose kinds name pods and Services without leading to them: they watch, scale, close or save."""
ENDPOINT_CONTROLLERS: Final = (
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:endpoint-controller",
    "system:serviceaccount:kube-system:endpointslice-controller",
    "system:serviceaccount:kube-system:endpointslicemirroring-controller",
)
"""Who writes the addresses behind Services (Kubernetes 1.35, cmd/kube-controller-manager and
plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go; known 2026-11-28)."""
