"""What the bastion asks of its surroundings, answered in this process: AWS's APIs, the metadata service, a resolver."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl

DOWN, THROTTLED = (503, "ServiceUnavailable"), (400, "ThrottlingException")
ACCESS_KEY = "ASIAOFTHEROLE0000000"
ASSOCIATED = (
    '<AssociateAddressResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<requestId>1</requestId><return>true</return><associationId>eipassoc-1</associationId></AssociateAddressResponse>"
)


class Server(ThreadingHTTPServer):
    """An HTTP server on a socket that was made in some machine's network."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(listening.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    """What the handlers here share."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def body(self) -> str:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def answer(self, status: int, text: str, kind: str = "application/json") -> None:
        """Send a whole answer."""
        raw = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class Aws:
    """Secrets Manager, EC2's AssociateAddress and CloudWatch Logs, as far as the bastion uses them."""

    def __init__(self, listening: socket.socket) -> None:
        self.secrets: dict[str, str] = {}
        """ARN -> value; anything else is denied."""
        self.fault: tuple[int, str] | None = None
        """Status and type of the error that every request gets; None: AWS answers."""
        self.associated: list[dict[str, str]] = []
        self.log_streams: dict[str, list[dict[str, Any]]] = {}
        self.signed_by: set[str] = set()
        aws = self

        class Api(Handler):
            def do_POST(self) -> None:
                text = self.body()
                if aws.fault:
                    self.answer(aws.fault[0], json.dumps({"__type": aws.fault[1]}))
                    return
                aws.signed_by.add(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
                operation = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
                if operation:
                    self.answer(*aws.json_call(operation, json.loads(text)))
                else:
                    aws.associated.append(dict(parse_qsl(text)))
                    self.answer(200, ASSOCIATED, "text/xml")

        self.server = Server(listening, Api)

    def json_call(self, operation: str, given: dict[str, Any]) -> tuple[int, str]:
        """Status and text of an operation of the JSON protocols."""
        if operation == "GetSecretValue":
            if given["SecretId"] not in self.secrets:
                return 400, '{"__type": "AccessDeniedException", "Message": "not yours"}'
            return 200, json.dumps({"ARN": given["SecretId"], "SecretString": self.secrets[given["SecretId"]]})
        stream = f"{given['logGroupName']}:{given['logStreamName']}"
        if operation == "CreateLogStream":
            self.log_streams[stream] = []
            return 200, "{}"
        if operation == "PutLogEvents" and stream in self.log_streams:
            self.log_streams[stream] += given["logEvents"]
            return 200, '{"nextSequenceToken": "1"}'
        return 400, '{"__type": "ResourceNotFoundException", "message": "no such stream"}'


class Metadata:
    """The instance metadata service, version 2 only, with the role's credentials."""

    values: ClassVar = {
        "instance-id": "i-0123456789abcdef0",
        "placement/region": "eu-central-1",
        "iam/security-credentials/": "vpn-instance",
        "iam/security-credentials/vpn-instance": json.dumps(
            {
                "Code": "Success",
                "Type": "AWS-HMAC",
                "AccessKeyId": ACCESS_KEY,
                "SecretAccessKey": "secret",
                "Token": "token",
                "Expiration": "2099-01-01T00:00:00Z",
                "LastUpdated": "2026-01-01T00:00:00Z",
            }
        ),
    }

    def __init__(self, listening: socket.socket) -> None:
        self.public_address = ""
        self.asked = 0
        metadata = self

        class Imds(Handler):
            def do_PUT(self) -> None:
                metadata.asked += 1
                self.answer(200, "a-token", "text/plain")

            def do_GET(self) -> None:
                values = {**metadata.values, "public-ipv4": metadata.public_address}
                value = values.get(self.path.removeprefix("/latest/meta-data/"))
                if self.headers.get("X-aws-ec2-metadata-token") != "a-token":
                    self.answer(401, "")
                else:
                    self.answer(200 if value else 404, value or "", "text/plain")

        self.server = Server(listening, Imds)


class Echo:
    """Accepts TCP connections, says hello, and remembers from where they came."""

    def __init__(self, listening: socket.socket) -> None:
        self.peers: list[str] = []
        self._listening = listening
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, (address, _) = self._listening.accept()
            except OSError:
                return
            self.peers.append(address)
            with connection:
                connection.sendall(b"hello\n")


class Resolver:
    """Answers every UDP packet with itself: enough to see that DNS gets through."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                packet, peer = self._listening.recvfrom(512)
                self._listening.sendto(packet, peer)
            except OSError:
                return
