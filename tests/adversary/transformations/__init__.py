"""Other ways to write a resource: none of them may change a verdict."""

from __future__ import annotations

from typing import Final

from tests.adversary.transformations.documents import DOCUMENTS
from tests.adversary.transformations.kubernetes import KUBERNETES
from tests.adversary.transformations.network import NETWORK
from tests.adversary.transformations.resources import RESOURCES
from tests.adversary.transformations.transformation import Transformation

TRANSFORMATIONS: Final[tuple[Transformation, ...]] = (*DOCUMENTS, *KUBERNETES, *NETWORK, *RESOURCES)
