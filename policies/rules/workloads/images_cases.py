"""Cases of images.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, fail, ok, unknown
from policies.rules.workloads.images import PINNED
from policies.rules.workloads.pods import CONTAINER, DEPLOYMENT, SPEC, deployment

_IMAGE, _IMAGE_AT = "containers.0.image", f"{CONTAINER}.image"
_HUB: Final = {"registries": ["docker.io"]}
_PATCH: Final = f"{DEPLOYMENT}Patch"
_VOLUME_AT: Final = f"{SPEC}.volumes[0].image.reference"


def _mounted(image: object) -> dict[str, object]:
    return {"volumes": [{"name": "data", "image": {"reference": image}}]}


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
}
