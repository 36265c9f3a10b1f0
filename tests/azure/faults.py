"""Faults on request: what the stand-in does in place of an answer, for the next calls that match.

A fault is a JSON object. `service` (login, arm, imds, storage, graph), `method`, `path` (a regular expression that is
looked for in path and query) choose calls; `skip` lets the first ones through; `times` (1) is how many are hit, -1 all.
`kind` is what happens:

    answer     status, headers, body (text, or JSON that is sent as such)
    throttle   429 with the headers given, in the shape of the service
    server_busy, timeout_500   storage's 503 and 500
    firewall, permission_mismatch   storage's two 403s
    condition_not_met   storage's 412: the blob was overwritten
    hang       says nothing for `seconds` or until the faults are cleared, then closes
    drop       closes without a word
    reset      closes with a TCP reset
    cut        sends `bytes` of the real answer's body, then closes
    slow       sends the real answer's body `bytes` at a time, `seconds` apart
    huge       answers 200 and keeps sending up to `bytes` (10 GB) of JSON, or of XML from storage
    redirect   307 to `location`
    xml_bomb   an error of storage whose XML has nested entities
    garbage    200 and a body that is neither JSON nor XML
"""
import json
import re
import socket
import struct
import threading
import time
from typing import Any, Callable, Iterator

from web import Answer, Problem, Request, json_answer

SERVICES = ("login", "arm", "imds", "storage", "graph")
WRAPPING_KINDS = ("cut", "slow")


def storage_error(status: int, code: str, message: str, **headers: str) -> Answer:
    text = (f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}\n'
            f"RequestId:00000000-0000-4000-8000-000000000000\n"
            f"Time:{time.strftime('%Y-%m-%dT%H:%M:%S.0000000Z', time.gmtime())}</Message></Error>")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, text.encode(), {"Content-Type": "application/xml", "x-ms-error-code": code, **named})


def _answer(fault: dict, _: Request) -> Answer:
    body = fault.get("body", "")
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    return Answer(fault.get("status", 500), data, {"Content-Type": "application/json", **fault.get("headers", {})})


def _throttle(fault: dict, _: Request) -> Answer:
    headers = fault.get("headers", {"Retry-After": "1"})
    if fault["service"] == "storage":
        answer = storage_error(503, "ServerBusy", "The server is busy.")
    elif fault["service"] == "login":
        answer = json_answer({"error": "temporarily_unavailable",
                              "error_description": "AADSTS90055: The server ended the request: too many requests.",
                              "error_codes": [90055]}, 429)
    else:
        answer = Problem(429, fault.get("code", "429"), "Too many requests. Please retry.").answer()
    answer.headers.update(headers)
    return answer


def _server_busy(fault: dict, _: Request) -> Answer:
    return storage_error(503, "ServerBusy", "The server is currently unable to receive requests.",
                         **fault.get("headers", {}))


def _timeout_500(_: dict, __: Request) -> Answer:
    return storage_error(500, "OperationTimedOut", "The operation could not be completed within the permitted time.")


def _firewall(_: dict, __: Request) -> Answer:
    return storage_error(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")


def _permission_mismatch(_: dict, __: Request) -> Answer:
    return storage_error(403, "AuthorizationPermissionMismatch",
                         "This request is not authorized to perform this operation using this permission.")


def _condition_not_met(_: dict, __: Request) -> Answer:
    return storage_error(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")


def close(connection: socket.socket, reset: bool = False) -> None:
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _hang(fault: dict, _: Request) -> Answer:
    def silence(connection: socket.socket) -> None:
        fault["over"].wait(fault.get("seconds", 30))
        close(connection)

    return Answer(0, raw=silence)


def _drop(_: dict, __: Request) -> Answer:
    return Answer(0, raw=close)


def _reset(_: dict, __: Request) -> Answer:
    return Answer(0, raw=lambda connection: close(connection, reset=True))


def _huge(fault: dict, _: Request) -> Answer:
    size = fault.get("bytes", 10 << 30)
    xml = fault["service"] == "storage"
    start, filler, end = (b"<?xml version='1.0'?><EnumerationResults><Blobs>", b"<Blob><Name>x</Name></Blob>",
                          b"</Blobs></EnumerationResults>") if xml else (b'{"value":[0', b",0", b"]}")
    block = filler * ((1 << 16) // len(filler))
    blocks = max(0, size - len(start) - len(end)) // len(block)

    def pieces() -> Iterator[bytes]:
        yield start
        for _ in range(blocks):
            yield block
        yield end

    length = len(start) + blocks * len(block) + len(end)
    kind = "application/xml" if xml else "application/json"
    return Answer(200, stream=pieces(), headers={"Content-Length": str(length), "Content-Type": kind})


def _redirect(fault: dict, request: Request) -> Answer:
    location = fault.get("location", "https://elsewhere.invalid" + request.target)
    return Answer(307, headers={"Location": location})


def _xml_bomb(fault: dict, _: Request) -> Answer:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = (f'<?xml version="1.0"?><!DOCTYPE Error [<!ENTITY e0 "boom">{entities}]>'
            f"<Error><Code>AuthenticationFailed</Code><Message>&e9;</Message></Error>")
    return Answer(fault.get("status", 403), text.encode(), {"Content-Type": "application/xml"})


def _garbage(_: dict, __: Request) -> Answer:
    return Answer(200, b"\x00\xff<html>gateway</html>{", {"Content-Type": "text/html"})


KINDS: dict[str, Callable[[dict, Request], Answer]] = {
    "answer": _answer, "throttle": _throttle, "server_busy": _server_busy, "timeout_500": _timeout_500,
    "firewall": _firewall, "permission_mismatch": _permission_mismatch, "condition_not_met": _condition_not_met,
    "hang": _hang, "drop": _drop,
    "reset": _reset, "huge": _huge, "redirect": _redirect, "xml_bomb": _xml_bomb, "garbage": _garbage,
}


class Faults:
    """The faults that are waiting. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []
        self._over = threading.Event()  # for those that were waiting until then

    def add(self, fault: dict[str, Any]) -> None:
        if fault.get("service") not in SERVICES:
            raise Problem(400, "BadFault", f"service must be one of {', '.join(SERVICES)}")
        if fault.get("kind") not in (*KINDS, *WRAPPING_KINDS):
            raise Problem(400, "BadFault", f"kind must be one of {', '.join((*KINDS, *WRAPPING_KINDS))}")
        re.compile(fault.get("path", ""))
        with self._lock:
            self._waiting.append({"skip": 0, "times": 1, **fault})

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._over.set()
            self._over = threading.Event()

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(map(dict, self._waiting))

    def take(self, service: str, request: Request, wrapping: bool) -> dict[str, Any] | None:
        """The first fault for this call, counted as used."""
        with self._lock:
            for fault in self._waiting:
                if (fault["kind"] in WRAPPING_KINDS) != wrapping or not _is_for(fault, service, request):
                    continue
                if fault["skip"] > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] -= 1
                if fault["times"] == 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def before(self, service: str, request: Request) -> Answer | None:
        fault = self.take(service, request, wrapping=False)
        return KINDS[fault["kind"]]({**fault, "over": self._over}, request) if fault else None

    def around(self, service: str, request: Request, answer: Answer) -> Answer:
        """The answer, cut short or sent slowly if a fault says so."""
        fault = self.take(service, request, wrapping=True)
        if not fault:
            return answer
        data = answer.body if answer.stream is None else b"".join(answer.stream)
        headers = {**answer.headers, "Content-Length": str(len(data))}
        pieces = _cut(fault, data) if fault["kind"] == "cut" else _slowly(fault, data)
        return Answer(answer.status, headers=headers, stream=pieces)


def _is_for(fault: dict[str, Any], service: str, request: Request) -> bool:
    return (fault["service"] == service and fault.get("method", request.method) == request.method
            and re.search(fault.get("path", ""), request.target) is not None)


def _cut(fault: dict[str, Any], data: bytes) -> Iterator[bytes]:
    yield data[:fault.get("bytes", len(data) // 2)]
    raise ConnectionAbortedError("cut on request")


def _slowly(fault: dict[str, Any], data: bytes) -> Iterator[bytes]:
    step = fault.get("bytes", 1024)
    for start in range(0, len(data), step):
        time.sleep(fault.get("seconds", 0.01))
        yield data[start:start + step]
