"""The emulated AWS as a server on loopback: every SDK and the aws command talk to it through AWS_ENDPOINT_URL."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from sandbox.emulator.access import webhooks
from sandbox.emulator.dispatch import answer

LOOPBACK = "127.0.0.1"
log = logging.getLogger("sandbox.emulator")


class Emulator:
    """The WSGI application: the emulator's operations first, then moto."""

    def __init__(self) -> None:
        self._moto: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]] = DomainDispatcherApplication(
            create_backend_app
        )  # pyright: ignore[reportAttributeAccessIssue] - untyped, and a WSGI application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Both the emulator and moto read the body, which can be read only once; a body of unknown length is an upload,
        # which moto handles.
        if environ.get("CONTENT_LENGTH") or environ.get("REQUEST_METHOD") in ("GET", "DELETE", "HEAD"):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            endpoint = f"http://{LOOPBACK}:{environ['SERVER_PORT']}"
            found = webhooks.answer(environ["PATH_INFO"], body, endpoint) or answer(_request(environ))
            if found is not None:
                status, headers, text = found
                return Response(text, status, headers)(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(body)
        return self._moto(environ, start_response)


def _request(environ: WSGIEnvironment) -> Request:
    # A copy: moto must not use the parsed request that werkzeug caches in the environment.
    request = Request(dict(environ))
    request.from_wsgi_server = True
    return request


class Handler(MotoRequestHandler):
    """Log a request without its query, which may contain signatures."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        target = self.headers.get("X-Amz-Target") or self.path.split("?")[0]
        log.info("%s %s %s", self.command, target, code)

    def log(self, type: str, message: str, *args: Any) -> None:
        getattr(log, type, log.info)(message, *args)


@contextlib.contextmanager
def aws_server(port: int = 0) -> Iterator[BaseWSGIServer]:
    """The server on loopback, not yet serving; port 0 selects a free port, available as `port`.

    During the block, the environment of this process has moto's settings for the server.
    """
    server = make_server(LOOPBACK, port, Emulator(), threaded=True, request_handler=Handler)  # pyright: ignore[reportArgumentType]
    settings = {
        # moto builds hundreds of images in every region on first access: megabytes for each region that a scanner
        # reads. The sandbox's images are made when their parameters are requested (services/ssm.py).
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        # For moto's calls to itself, such as a subscription's confirmation.
        "MOTO_PORT": str(server.port),
    }
    with server, mock.patch.dict(os.environ, settings):
        yield server


def serve(port: int) -> None:
    """Serve until SIGTERM or SIGINT. Prints the endpoint when it is ready.

    Raises:
        OSError: the port is in use.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    with aws_server(port) as server:

        def stop(*_: object) -> None:
            # From another thread, because shutdown waits for the loop that this handler interrupted.
            threading.Thread(target=server.shutdown, daemon=True).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        print(f"http://{LOOPBACK}:{server.port}", flush=True)
        server.serve_forever()
