"""Cases of images.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, fail, ok, unknown
from policies.rules.workloads.images import LIMITS, NO_SECRET, PINNED, TOKEN_OFF
from policies.rules.workloads.pods import CONTAINER, DEPLOYMENT, SPEC, deployment

_IMAGE, _IMAGE_AT = "containers.0.image", f"{CONTAINER}.image"
_ARGS: Final = "containers.0.args"
_ENV, _ENV_AT = "containers.0.env", f"{CONTAINER}.env[0].value"
_RESOURCES: Final = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
_HUB: Final = {"registries": ["docker.io"]}
_PATCH: Final = f"{DEPLOYMENT}Patch"
_VOLUME_AT: Final = f"{SPEC}.volumes[0].image.reference"


def _mounted(image: object) -> dict[str, object]:
    return {"volumes": [{"name": "data", "image": {"reference": image}}]}


def _variable(name: str, **more: object) -> dict[str, object]:
    return {"name": name, **more}


CASES: dict[str, tuple[Case, ...]] = {
    PINNED.id: (
        ok("digest", deployment()),
        ok("version", deployment({_IMAGE: "registry.k8s.io/pause:3.10"})),
        ok("docker_hub_by_default", deployment({_IMAGE: "nginx:1.29"}), settings=_HUB),
        ok("patch_without_image", deployment({_IMAGE: OMITTED}, type_=_PATCH)),
        fail("tag_without_a_version", deployment({_IMAGE: "docker.io/library/nginx:alpine"}), at=_IMAGE_AT),
        fail("digest_that_is_none", deployment({_IMAGE: "nginx@latest"}), at=_IMAGE_AT),
        fail("latest", deployment({_IMAGE: "docker.io/nginx:latest"}), at=_IMAGE_AT),
        fail("no_tag", deployment({_IMAGE: "docker.io/library/nginx"}), at=_IMAGE_AT),
        fail("port_is_no_tag", deployment({_IMAGE: "localhost:5000/nginx"}), at=_IMAGE_AT),
        fail("registry_of_somebody", deployment({_IMAGE: "example.org/nginx:1.29"}), at=_IMAGE_AT),
        fail("registry_not_listed", deployment({_IMAGE: "quay.io/nginx:1.29"}), at=_IMAGE_AT, settings=_HUB),
        fail("registry_by_its_address", deployment({_IMAGE: "[2001:db8::1]:5000/nginx:1.29"}), at=_IMAGE_AT),
        fail("registry_in_capitals", deployment({_IMAGE: "EXAMPLE/nginx:1.29"}), at=_IMAGE_AT),
        fail("registry_that_looks_alike", deployment({_IMAGE: "docker.io.example.org/nginx:1"}), at=_IMAGE_AT),
        fail(
            "init_container", deployment({"initContainers": [{"image": "nginx"}]}), at=f"{SPEC}.initContainers[0].image"
        ),
        ok("volume", deployment(_mounted("quay.io/crio/artifact:v2"))),
        fail("volume_of_somebody", deployment(_mounted("example.org/artifact:v2")), at=_VOLUME_AT),
        fail("volume_that_changes", deployment(_mounted("quay.io/crio/artifact")), at=_VOLUME_AT),
        unknown("decided_later", deployment({_IMAGE: UNKNOWN})),
        unknown("volume_decided_later", deployment(_mounted(UNKNOWN))),
    ),
    LIMITS.id: (
        ok("all_three", deployment()),
        ok("of_the_pod", deployment({"containers.0.resources": OMITTED, "resources": _RESOURCES})),
        ok("patch", deployment({"containers.0.resources": OMITTED}, type_=_PATCH)),
        fail("omitted", deployment({"containers.0.resources": OMITTED}), at=f"{CONTAINER}.resources.requests.cpu"),
        fail(
            "no_limit",
            deployment({"containers.0.resources.limits": OMITTED}),
            at=f"{CONTAINER}.resources.limits.memory",
        ),
        unknown("decided_later", deployment({"containers.0.resources": UNKNOWN})),
    ),
    TOKEN_OFF.id: (
        ok("off", deployment()),
        fail(
            "on_by_default",
            deployment({"automountServiceAccountToken": OMITTED}),
            at=f"{SPEC}.automountServiceAccountToken",
        ),
        unknown("decided_later", deployment({"automountServiceAccountToken": UNKNOWN})),
    ),
    NO_SECRET.id: (
        ok("reference", deployment({_ENV: [_variable("DB_PASSWORD", valueFrom={"secretKeyRef": {"name": "db"}})]})),
        ok("name_of_a_file", deployment({_ENV: [_variable("DB_PASSWORD_FILE", value="/run/db")]})),
        fail("password", deployment({_ENV: [_variable("DB_PASSWORD", value="hunter2")]}), at=_ENV_AT),
        fail("key_made_with_it", deployment({_ENV: [_variable("AWS_SECRET_ACCESS_KEY", value=UNKNOWN)]}), at=_ENV_AT),
        ok("of_another_variable", deployment({_ENV: [_variable("PASSWORD", value="$(DB_PASSWORD)")]})),
        ok("option_that_names_a_secret", deployment({_ARGS: ["--tls-secret=web-tls", "--token=$(TOKEN)"]})),
        fail("in_an_address", deployment({_ENV: [_variable("DB", value="postgres://web:hunter2@db/web")]}), at=_ENV_AT),
        fail("option", deployment({_ARGS: ["--db-password=hunter2"]}), at=f"{CONTAINER}.args[0]"),
        fail("key_of_aws", deployment({_ARGS: ["--id", "AKIAIOSFODNN7EXAMPLE"]}), at=f"{CONTAINER}.args[1]"),
        unknown("environment_decided_later", deployment({_ENV: UNKNOWN})),
    ),
}
