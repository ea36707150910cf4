"""The language host `pulumi-language-python`, for the sandbox and for a `pulumi` that has none.

The engine starts it, reads its port and asks it to run a program, or a package from its folder. Both run with the
sandbox's own packages, so that there is nothing to install.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class Host(LanguageServer):
    """The Automation API's server of one Python function; the function runs the program that the engine names."""

    def __init__(self) -> None:
        super().__init__(self._program)
        self._main = Path()

    def _program(self) -> None:
        runpy.run_path(str(self._main), run_name="__main__")

    def Run(self, request: language_pb2.RunRequest, context: Any) -> language_pb2.RunResponse:
        """Run the program in its own folder."""
        self._main = Path(request.info.program_directory, request.info.entry_point)
        os.chdir(request.pwd)
        # As for a script, its folder is first in the path.
        sys.path.insert(0, request.info.program_directory)
        # The program has printed its error, which the engine would repeat.
        return language_pb2.RunResponse(bail=bool(super().Run(request, context).error))

    def Handshake(self, request: Any, context: Any) -> language_pb2.LanguageHandshakeResponse:
        """Nothing to negotiate."""
        return language_pb2.LanguageHandshakeResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:
        """Nothing: the dependencies are those of this process."""
        return iter(())

    def RunPlugin(self, request: language_pb2.RunPluginRequest, context: Any) -> Iterator[Any]:
        """Run a package from its folder until it ends or the engine closes the stream."""
        answer = language_pb2.RunPluginResponse
        with subprocess.Popen(
            [sys.executable, "-u", request.info.program_directory, *request.args],
            cwd=request.pwd,
            env=dict(each.split("=", 1) for each in request.env),
            stdout=subprocess.PIPE,
        ) as running:
            context.add_callback(running.terminate)
            for line in running.stdout or ():
                yield answer(stdout=line)
        yield answer(exitcode=running.returncode)


def main() -> None:
    """Serve until the engine interrupts the process, or has ended itself."""
    engine = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=[("grpc.max_receive_message_length", -1)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    while os.getppid() == engine:
        time.sleep(1)
    # A program that still runs has no engine to talk to.
    os._exit(1)


if __name__ == "__main__":
    main()
