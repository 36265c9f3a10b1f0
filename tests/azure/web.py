"""HTTP for the stand-in: requests, answers, listeners with or without TLS, and a log of what was asked.

A service is a function from Request to Answer. Before it is called, `faults.py` may answer in its place.
"""
import json
import re
import secrets
import socket
import ssl
import threading
import traceback
import urllib.parse
import uuid
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator, Protocol

BODY_BYTES_MAX = 64 << 20
# Query values and headers that must not stand in a log.
SECRET_NAMES = re.compile(r"(?i)^(sig|sastoken|client_secret|client_assertion|authorization|x-identity-header)$")


@dataclass
class Request:
    """What a client asked. `path` is decoded, with one slash between its parts; `query` has lower-case names."""

    method: str
    target: str  # path and query as they came
    headers: Any
    body: bytes
    base: str  # https://127.0.0.1:PORT of the service that was asked
    path: str = ""
    query: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path, _, query = self.target.partition("?")
        self.path = re.sub("/+", "/", urllib.parse.unquote(path))
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        self.query = {name.lower(): value for name, value in pairs}

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def form(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body; None when there is none. A Problem when it is no JSON."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Problem(400, "InvalidRequestContent", f"The request content was invalid: {error}") from error


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None  # in place of body; Content-Length is then among the headers
    raw: Callable[[socket.socket], None] | None = None  # does as it likes with the connection, which is closed then


class Problem(Exception):
    """An answer that is no success, in Azure Resource Manager's shape."""

    def __init__(self, status: int, code: str, message: str, **headers: str):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Answer:
        body = {"error": {"code": self.code, "message": self.message}}
        return json_answer(body, self.status, **self.headers)


def json_answer(body: Any, status: int = 200, **headers: str) -> Answer:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, data, {"Content-Type": "application/json; charset=utf-8", **named})


def without_secrets(target: str) -> str:
    path, mark, query = target.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&"))
    return path + mark + "&".join(
        name + is_ + ("…" if SECRET_NAMES.match(name) else value) for name, is_, value in pairs)


class RequestLog:
    """What was asked, oldest first, without secrets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []

    def add(self, service: str, request: Request, status: int) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()
                   if name.lower() in ("range", "x-ms-range", "if-match", "x-ms-version", "x-ms-client-request-id",
                                       "user-agent", "metadata")}
        signed_in = request.header("Authorization").partition(" ")[0]
        entry = {"service": service, "method": request.method, "path": without_secrets(request.target),
                 "status": status, "headers": headers, "authorization": signed_in,
                 "bodyBytes": len(request.body)}
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stand-in"
    sys_version = ""
    timeout = 120
    server: "Listener"

    def do(self) -> None:
        body = self._read_body()
        if body is None:
            return
        request = Request(self.command, self.path, self.headers, body, self.server.base)
        answer = self.server.answer(request)
        self.server.log.add(self.server.service_name, request, answer.status)
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do

    def _read_body(self) -> bytes | None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self._send(Problem(413, "RequestEntityTooLarge", "The request is too large.").answer())
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _read_chunks(self) -> bytes:
        data = b""
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return data

    def _send(self, answer: Answer) -> None:
        if answer.raw:
            self.close_connection = True
            self.wfile.flush()
            answer.raw(self.connection)
            return
        headers = {"Date": formatdate(usegmt=True), "x-ms-request-id": str(uuid.uuid4()), **answer.headers}
        if not answer.stream and answer.status not in (204, 304) and "Content-Length" not in headers:
            headers["Content-Length"] = str(len(answer.body))
        self.send_response_only(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        for piece in answer.stream or (answer.body,):
            self.wfile.write(piece)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


class FaultsLike(Protocol):
    """See faults.py."""

    def before(self, service: str, request: Request) -> Answer | None: ...

    def around(self, service: str, request: Request, answer: Answer) -> Answer: ...


class Listener(ThreadingHTTPServer):
    """A service on a free port of 127.0.0.1, from start() to close()."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, name: str, service: Callable[[Request], Answer], log: RequestLog,
                 faults: FaultsLike | None, tls: ssl.SSLContext | None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service_name = name
        self._service = service
        self.log = log
        self._faults = faults
        self._tls = tls
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shakes hands in the connection's own thread, so that a silent client holds up nobody else."""
        if self._tls:
            request.settimeout(30)
            try:
                request = self._tls.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().finish_request(request, client_address)
        if self._tls:
            try:
                request.close()
            except OSError:
                pass

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), name=self.service_name, daemon=True).start()

    def answer(self, request: Request) -> Answer:
        try:
            if not self._faults:
                return self._service(request)
            fault = self._faults.before(self.service_name, request)
            return fault or self._faults.around(self.service_name, request, self._service(request))
        except Problem as problem:
            return problem.answer()
        except Exception:
            mark = secrets.token_hex(4)
            traceback.print_exc()
            return Problem(500, "StandInBug", f"the stand-in itself failed; see its standard error ({mark})").answer()
