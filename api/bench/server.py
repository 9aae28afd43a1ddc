"""The program that serves: the ledger's application, or a bare Litestar route as its yardstick.

Run as `python -m api.bench.server ledger|bare DESCRIPTOR`: it serves the listening socket that it
inherits, and stops when its standard input ends, however the benchmark ends.
"""

import socket
import sys
from threading import Thread
from typing import Any, Final

import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath

from api.app import create_app
from api.connections import BoundedHttp
from api.memory import settle
from api.settings import Settings

RECEIPT: Final = b'{"receipt":"' + b"x" * 1_700 + b'"}'  # as long as the ledger's answer


@post("/v1/statements")
async def _take(request: Request[Any, Any, Any]) -> Response[bytes]:
    await request.body()
    return Response(RECEIPT, media_type="application/json")


@get("/page/{size:int}", sync_to_thread=False)
def _page(size: FromPath[int]) -> Response[bytes]:
    return Response(b"x" * size, media_type="text/html")


def bare_app() -> Litestar:
    """Routes that read the same body and answer as many bytes, with nothing in between."""
    return Litestar([_take, _page], openapi_config=None)


def _serve(which: str, descriptor: int) -> None:
    app = create_app(Settings()) if which == "ledger" else bare_app()
    settle()  # both of them, as `daodi serve` does
    server = uvicorn.Server(
        uvicorn.Config(app, http=BoundedHttp, ws="none", log_level="warning", access_log=False)
    )

    def stop_with_parent() -> None:
        sys.stdin.read()
        server.should_exit = True

    Thread(target=stop_with_parent, daemon=True).start()
    server.run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
