"""The emulated AWS inside this process, for unit tests: no server, no port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.request import normalize_request

from sandbox.emulator.dispatch import answer


class Interceptor:
    """Answers botocore's requests before they are sent, where it can; the others go on to moto's own interceptor."""

    def __init__(self) -> None:
        self.depth = 0

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        if not self.depth:
            return None
        found = answer(normalize_request(request))
        if found is None:
            return None
        status, headers, body = found
        return AWSResponse(request.url, status, headers, MockRawResponse(body))  # pyright: ignore[reportArgumentType]


_interceptor = Interceptor()
# Sessions made from now on have it; moto's comes after it, because that is registered without a wish for its place.
BUILTIN_HANDLERS.append(("before-send", _interceptor, REGISTER_FIRST))


@contextlib.contextmanager
def emulated_aws() -> Iterator[None]:
    """An empty AWS for the time of the block: moto's, with the operations that it lacks, for clients made inside.

    Blocks may be nested; the state is empty at the outermost one's start and end.
    """
    with mock_aws():
        _interceptor.depth += 1
        try:
            yield
        finally:
            _interceptor.depth -= 1
