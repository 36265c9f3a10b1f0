"""Answers held against the description of the API: status, content type and body, to the last field.

Objects have no other fields than those described, also where the description does not say so. What is not described is
an AssertionError.
"""
import json
import re
from typing import Any, NamedTuple

import bundle_openapi
import jsonschema_rs

PROBLEM = "application/problem+json"
METHODS = ("get", "put", "post", "patch", "delete")
# A cached answer has no body, and problems are those of `default`.
NOT_MODIFIED = 304


class _Operation(NamedTuple):
    id: str
    method: str
    path: re.Pattern
    described: dict


class Description:
    def __init__(self) -> None:
        root = self.document = bundle_openapi.bundled()
        self._parts = {"components": _strict(root["components"])}
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self._operations = [
            _Operation(item[method]["operationId"], method.upper(), _pattern(path), item[method])
            for path, item in root["paths"].items() for method in METHODS if method in item]
        self._responses = root["components"]["responses"]
        self._jobs: dict[str, str] = {}  # of what schema the result of a job is, by its path

    def operation(self, method: str, path: str) -> _Operation | None:
        wanted = "GET" if method == "HEAD" else method
        return next((one for one in self._operations if one.method == wanted and one.path.fullmatch(path)), None)

    def check(self, method: str, target: str, status: int, headers: dict[str, str], body: bytes) -> None:
        """`headers` by lower-case name."""
        path = target.split("?")[0]
        where = f"{method} {target}: {status}"
        operation = self.operation(method, path)
        if operation is None and headers.get("content-type", "").startswith("text/html"):
            return  # the page, which is no part of the API
        responses = operation.described["responses"] if operation else {"default": {}}
        if status >= 400 and str(status) not in responses:
            if not self._is_page(responses["default"], headers):
                self._check_problem(where, status, headers, body, is_peek=method == "HEAD")
        elif status == NOT_MODIFIED and method in ("GET", "HEAD"):
            assert not body, f"{where}: it has a body"
        else:
            assert str(status) in responses, f"{where}: the description of {operation} has no such status"
            self._check_answer(where, method, responses[str(status)], headers, body)
            self._check_job(path, operation, status, headers, body)

    def _is_page(self, written: dict, headers: dict[str, str]) -> bool:
        """What went wrong may be a page, where browsers come by themselves."""
        described = self._responses[written["$ref"].rsplit("/", 1)[1]] if "$ref" in written else written
        kind = headers.get("content-type", "").split(";")[0]
        return kind == "text/html" and kind in described.get("content", {})

    def _check_problem(self, where: str, status: int, headers: dict[str, str], body: bytes, is_peek: bool) -> None:
        assert headers.get("content-type") == PROBLEM, f"{where}: its content type is {headers.get('content-type')}"
        if is_peek:
            return
        problem = json.loads(body)
        self._check_schema(where, {"$ref": "#/components/schemas/Problem"}, problem)
        assert problem["status"] == status, f"{where}: the problem says {problem['status']}"
        assert problem["type"] == f"/problems/{problem['id']}", f"{where}: {problem['type']}"

    def _check_answer(self, where: str, method: str, written: dict, headers: dict[str, str], body: bytes) -> None:
        described = self._responses[written["$ref"].rsplit("/", 1)[1]] if "$ref" in written else written
        for name in described.get("headers", {}):
            assert name.lower() in headers, f"{where}: it lacks the header {name}"
        content = described.get("content", {})
        if not content:
            assert not body, f"{where}: it has a body"
            return
        kind = headers.get("content-type", "").split(";")[0]
        assert kind in content, f"{where}: its content type is {kind}, and should be one of {sorted(content)}"
        if kind == "application/json" and method != "HEAD":
            self._check_schema(where, content[kind]["schema"], json.loads(body))

    def _check_job(self, path: str, operation: _Operation, status: int, headers: dict[str, str], body: bytes) -> None:
        """What a job came to is what the operation that began it says."""
        if status == 202:
            self._jobs[headers["location"]] = operation.described["x-result"]
        elif path in self._jobs and operation.id == "getJob" and body:
            job = json.loads(body)
            if "result" in job:
                schema = {"$ref": f"#/components/schemas/{self._jobs[path]}"}
                self._check_schema(f"the result of {path}", schema, job["result"])

    def _check_schema(self, where: str, schema: dict, value: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator({**_strict(schema), **self._parts})
        faults = [f"{'/'.join(map(str, fault.instance_path))}: {fault.message}"[:500]
                  for fault in self._validators[key].iter_errors(value)]
        assert not faults, f"{where}: the answer is not as described: {faults[:5]}"


def _pattern(path: str) -> re.Pattern:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _strict(schema: Any) -> Any:
    """With nothing allowed in objects but what is described."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(inner) for name, inner in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        strict.setdefault("additionalProperties", False)
    return strict
