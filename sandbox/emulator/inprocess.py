"""The emulated AWS inside this process, for unit tests: no server, no port."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.models import botocore_stubber
from moto.core.request import normalize_request

from sandbox.emulator.dispatch import answer


class Interceptor:
    """Respond to botocore's requests before they are sent; other requests go on to moto's own interceptor.

    Args:
        moto: moto's interceptor.
    """

    def __init__(self, moto: BotocoreStubber) -> None:
        self._moto = moto
        self.depth = 0

    def __call__(self, event_name: str, request: AWSPreparedRequest, **rest: Any) -> AWSResponse | None:
        found = answer(normalize_request(request)) if self.depth else None
        if found is None:
            # The body of an upload is a stream, which has been read to its end by now: moto would store an empty
            # object.
            if isinstance(request.body, io.IOBase):
                request.body.seek(0)
            return self._moto(event_name, request, **rest)
        status, headers, body = found
        return AWSResponse(request.url, status, headers, MockRawResponse(body))  # pyright: ignore[reportArgumentType]


_interceptor = Interceptor(botocore_stubber)
# It replaces moto's: botocore calls every handler, even if another one has responded.
BUILTIN_HANDLERS[BUILTIN_HANDLERS.index(("before-send", botocore_stubber))] = ("before-send", _interceptor)


@contextlib.contextmanager
def emulated_aws() -> Iterator[None]:
    """An empty AWS during the block: moto with the operations that it lacks, for clients created inside.

    Blocks can be nested; the state is empty at the start and end of the outermost block.
    """
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        _interceptor.depth += 1
        try:
            yield
        finally:
            _interceptor.depth -= 1
