"""A server on loopback that speaks Trino's protocol: it plays answers back, or records those of a real one.

What is recorded of a statement is its text, its columns, and its rows or its error, with the rows sorted: how a cluster
cuts them into pages differs each time, and so does their order. Of the files of a table it is only noted that they were
asked for: the player answers that from the table's log, since files are as large as the program makes them."""
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable
from urllib.parse import unquote

ROWS_OF_PAGE = 50
FILES_OF_TABLE = 'SELECT "$path", "$file_size", count(*) FROM '
FILE_COLUMNS = [{"name": "$path", "type": "varchar"}, {"name": "$file_size", "type": "bigint"},
                {"name": "_col2", "type": "bigint"}]


class StandIn:
    """What both have in common: a server whose `answer` gets method, path, headers and body."""

    def __init__(self) -> None:
        handler = type("Handler", (_Handler,), {"owner": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.requests: list[tuple[str, str]] = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    owner: StandIn
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.owner.requests.append((self.command, self.path))
        status, answer = self.owner.answer(self.command, self.path, dict(self.headers), body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *_: Any) -> None:
        pass


class Recorder(StandIn):
    """Between the program and a cluster; notes what passes."""

    def __init__(self, cluster: str):
        super().__init__()
        self.cluster = cluster
        self.statements: list[dict[str, Any]] = []
        self._by_id: dict[str, dict[str, Any]] = {}

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        passed = {name: value for name, value in headers.items()
                  if name.lower().startswith(("x-trino", "authorization"))}
        request = urllib.request.Request(self.cluster + path, data=body or None, headers=passed, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        if method != "DELETE" and path.startswith("/v1/statement") and status == 200:
            self._note(method, body, json.loads(text))
        return status, text.replace(self.cluster.encode(), self.uri.encode())

    def _note(self, method: str, body: bytes, page: dict[str, Any]) -> None:
        if method == "POST":
            self._by_id[page["id"]] = {"sql": body.decode(), "columns": [], "rows": []}
            self.statements.append(self._by_id[page["id"]])
        noted = self._by_id[page["id"]]
        if "columns" in page:
            noted["columns"] = [{"name": one["name"], "type": one["type"]} for one in page["columns"]]
        noted["rows"] += page.get("data", [])
        if "error" in page:
            noted["error"] = {name: page["error"][name] for name in ("message", "errorCode", "errorName", "errorType")}

    def recorded(self) -> list[dict[str, Any]]:
        """The statements, each once, with rows in an order of their own."""
        found: dict[str, dict[str, Any]] = {}
        for one in self.statements:
            if one["sql"].startswith(FILES_OF_TABLE):
                continue
            found[one["sql"]] = one | {"rows": sorted(one["rows"], key=json.dumps)} if not _is_ordered(one) else one
        return sorted(found.values(), key=lambda one: one["sql"])


def _is_ordered(statement: dict[str, Any]) -> bool:
    return "\nORDER BY" in statement["sql"]


class Player(StandIn):
    """Answers as it was recorded. `fault`, if set, gets method and path and may answer instead."""

    def __init__(self, recorded: list[dict[str, Any]], tables: Path):
        super().__init__()
        self.tables = tables
        self.by_sql = {one["sql"]: one for one in recorded}
        self.unknown: list[str] = []
        self.fault: Callable[[str, str, dict[str, str]], tuple[int, bytes] | None] = lambda *_: None
        self._running: list[dict[str, Any]] = []

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        fault = self.fault(method, path, headers)
        if fault is not None:
            return fault
        if path == "/v1/info":
            return _json({"nodeVersion": {"version": "476"}, "coordinator": True, "starting": False})
        if method == "DELETE":
            return 204, b""
        if method == "POST":
            self._running.append(self._statement(body.decode()))
            return _json(self._page(len(self._running) - 1, 0))
        number, page = map(int, path.split("/")[-2:])
        return _json(self._page(number, page))

    def _statement(self, sql: str) -> dict[str, Any]:
        if sql.startswith(FILES_OF_TABLE):
            return {"columns": FILE_COLUMNS, "rows": self._files(sql.removeprefix(FILES_OF_TABLE).split('"')[5])}
        if sql not in self.by_sql:
            self.unknown.append(sql)
            return {"error": {"message": "this statement was never recorded", "errorName": "NOT_RECORDED"}}
        return self.by_sql[sql]

    def _files(self, table: str) -> list[list[Any]]:
        files: dict[str, list[Any]] = {}
        for commit in sorted((self.tables / table / "_delta_log").glob("*.json")):
            for line in commit.read_text(encoding="utf-8").splitlines():
                action = json.loads(line)
                if "remove" in action:
                    files.pop(action["remove"]["path"])
                if "add" in action:
                    add = action["add"]
                    address = f"local:///anywhere/{table}/{unquote(add['path'])}"
                    files[add["path"]] = [address, add["size"], json.loads(add["stats"])["numRecords"]]
        return list(files.values())

    def _page(self, number: int, page: int) -> dict[str, Any]:
        statement = self._running[number]
        following = {"id": str(number), "nextUri": f"{self.uri}/v1/statement/executing/{number}/{page + 1}"}
        if page == 0:
            return following | {"stats": {"state": "QUEUED"}}
        if "error" in statement:
            return {"id": str(number), "error": statement["error"], "stats": {"state": "FAILED"}}
        answer: dict[str, Any] = {"id": str(number), "columns": statement["columns"], "stats": {"state": "RUNNING"}}
        rows = statement["rows"][(page - 1) * ROWS_OF_PAGE:page * ROWS_OF_PAGE]
        if rows:
            answer |= {"data": rows}
        if page * ROWS_OF_PAGE < len(statement["rows"]):
            answer |= following
        return answer


def _json(answer: Any) -> tuple[int, bytes]:
    return 200, json.dumps(answer).encode()
