"""Duo's Auth API, as far as the bastion uses it: over TLS, signatures checked, answers chosen by the test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from tests.daemons.cloud import Handler, Server

HOST = "api-0123abcd.duosecurity.com"
INTEGRATION_KEY = "DIAAAAAAAAAAAAAAAAAA"
SECRET_KEY = "of-duo-and-nobody-elses"
PASSCODE = "1234567"


class Duo:
    """The API. Set the attributes to have it answer otherwise."""

    def __init__(self, listening: socket.socket, certificate: Path) -> None:
        self.secret_key = SECRET_KEY
        self.standing = "auth"
        """preauth's result: auth, allow, deny, enroll."""
        self.push = "allow"
        """Result of a push or a call: allow or deny; silence waits for `released`."""
        self.released = threading.Event()
        self.nonsense: str | None = None
        """Sent instead of an answer."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        duo = self

        class Api(Handler):
            def do_POST(self) -> None:
                text = self.body()
                given = fields(self.headers, text)
                duo.asked.append((self.path, given))
                if duo.nonsense is not None:
                    self.answer(200, duo.nonsense)
                elif not duo.signed(self.headers, self.path, text):
                    self.answer(401, json.dumps({"stat": "FAIL", "code": 40103, "message": "Invalid signature"}))
                else:
                    response = duo.respond(self.path, given)
                    self.answer(200, json.dumps({"stat": "OK", "response": response}))

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # Handshakes are the handler threads' work, so that one client that goes away stops nobody.
        self.server = Server(context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False), Api)

    def signed(self, headers: Any, path: str, text: str) -> bool:
        """Whether the request is signed with our keys, as Duo documents it: version 5 for JSON, version 2 for forms."""
        given = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        canon = [headers["Date"], "POST", HOST, path]
        if is_json(headers):
            # No parameters in the path, the body, and no headers of Duo's own.
            canon += ["", *(hashlib.sha512(part.encode()).hexdigest() for part in (text, ""))]
        else:
            pairs = sorted((quote(key, "~"), quote(value, "~")) for key, value in fields(headers, text).items())
            canon += ["&".join(f"{key}={value}" for key, value in pairs)]
        signatures = {
            hmac.new(self.secret_key.encode(), "\n".join(canon).encode(), kind).hexdigest()
            for kind in (hashlib.sha1, hashlib.sha512)
        }
        return given in {f"{INTEGRATION_KEY}:{signature}" for signature in signatures}

    def respond(self, path: str, given: dict[str, str]) -> dict[str, Any]:
        """The response of an endpoint."""
        if path == "/auth/v2/preauth":
            return {"result": self.standing, "status_msg": "as the test wants it"}
        if given["factor"] == "passcode":
            return {"result": "allow" if given["passcode"] == PASSCODE else "deny", "status": "checked"}
        if self.push == "silence":
            self.released.wait(30)
        return {"result": "allow" if self.push == "allow" else "deny", "status": "pushed"}

    def users(self) -> set[str]:
        """Who was asked about."""
        return {given["username"] for _, given in self.asked if "username" in given}


def is_json(headers: Any) -> bool:
    """Whether the client is one of those, since its version 5, that send JSON."""
    return headers["Content-Type"] == "application/json"


def fields(headers: Any, text: str) -> dict[str, str]:
    """What a request gives."""
    return json.loads(text) if is_json(headers) else dict(parse_qsl(text, keep_blank_values=True))
