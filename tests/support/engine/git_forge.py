"""A git forge for the engine, which fetches packages by HTTPS only: git's own server behind a TLS-terminating proxy."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sandbox.engine.stack import ROOT

HOST = "git.example.org"
NEEDED = ("components", "package", "policies", "pyproject.toml", "requirements.txt")
"""What of the repository the package consists of."""
GIT = ("git", "-c", "user.name=forge", "-c", "user.email=forge@example.org", "-c", "init.defaultBranch=main")


@contextmanager
def forge(folder: Path, repository: str, tag: str) -> Iterator[Mapping[str, str]]:
    """Serve the current package, with a tag, as https://HOST/<repository>; return the client's environment."""
    source = folder / repository
    source.mkdir(parents=True)
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Release"], ["tag", tag]):
        subprocess.run([*GIT, *command], cwd=source, check=True)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *request, *names, *files], capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, context)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"HTTPS_PROXY": f"http://127.0.0.1:{server.server_port}", "SSL_CERT_FILE": str(certificate)}
        server.shutdown()


def _handler(folder: Path, context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            # Every requested host is served here; the certificate has one name only.
            self.request = context.wrap_socket(self.request, server_side=True)
            self.setup()
            self.close_connection = False

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            variables = {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "yes",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            }
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            served = subprocess.run(
                ["git", "http-backend"], input=body, env={**os.environ, **variables}, capture_output=True, check=True
            ).stdout
            head, _, content = served.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in {**fields, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    return Handler
