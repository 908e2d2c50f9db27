"""A built site on localhost, compressed, as GitHub Pages serves it.

python tools/serve.py FOLDER [PORT]
"""

import contextlib
import errno
import functools
import gzip
import io
import re
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

WORTH_IT = re.compile(r"text/|image/svg|application/(json|javascript|xml)")


@functools.lru_cache(maxsize=1000)
def compressed(path: Path, changed: int) -> bytes:
    """The bytes of a file as it was when it changed last."""
    return gzip.compress(path.read_bytes(), mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Files as they are, or compressed where the browser takes that and it is worth it."""

    def send_head(self) -> Any:
        """Send the headers; returns the body."""
        path = Path(self.translate_path(self.path))
        if self.path.partition("?")[0].endswith("/"):
            path /= "index.html"
        kind = self.guess_type(path)
        if not (path.is_file() and WORTH_IT.match(kind) and "gzip" in self.headers.get("Accept-Encoding", "")):
            return super().send_head()
        body = compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        headers = {"Content-Type": kind, "Content-Encoding": "gzip", "Content-Length": len(body)}
        for name, value in (headers | {"Vary": "Accept-Encoding"}).items():
            self.send_header(name, str(value))
        self.end_headers()
        return io.BytesIO(body)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send the body, unless the reader has left meanwhile."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().copyfile(source, outputfile)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def serve(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of this folder; port 0 is any that is free."""
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(folder)))


def main(folder: str, port: str = "8000") -> None:
    """Serve until Ctrl-C."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is {port!r}; it must be a number from 1 to 65535")
    try:
        server = serve(Path(folder), int(port))
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"can't be had: {error.strerror}"
        sys.exit(f"Port {port} {why}. Choose another: make serve PORT={int(port) % 65535 + 1}")
    print(f"http://localhost:{port}/ is the book, until Ctrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main(*sys.argv[1:])
