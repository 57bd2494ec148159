"""An application answering on a free port of this machine, on threads of the test's own process."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Silent(WSGIRequestHandler):
    """Keeps the test's output clean."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve an application as long as the context lasts, and give its address."""

    def whole(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        # Werkzeug forgets to close an answer, and the file behind it, when the browser has gone in the middle of it.
        with closing(ClosingIterator(app(environ, start))) as parts:
            return [b"".join(parts)]

    server = make_server("127.0.0.1", 0, whole, threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
