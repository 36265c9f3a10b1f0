#!/usr/bin/env python3
"""Writes docs/api-reference.md from the description of the API in docs/api.

    tools/api_reference.py

`tests/structure` checks that the page is current.
"""
import re
import sys
from pathlib import Path
from typing import Iterator

import bundle_openapi

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/api-reference.md")
RIGHTS = Path("src/people/rights.cpp")
INTRODUCTION = """\
# Which calls does the API have?

Every call, with what it takes and what it answers. [How to use the API](api.md) begins with a first request, and
explains pages, jobs, entity tags and errors. This page is made from [docs/api](api/openapi.yaml) by
`tools/api_reference.py`; change it there.

Any call may also answer with a [`Problem`](#problem), whose `id` is one of the [error ids](errors.md):
[what each status means](api.md#when-something-is-wrong).

"""
METHODS = ("get", "post", "put", "patch", "delete")
_RIGHT = re.compile(r'\{\{Right::k\w+, "([a-z-]+)",\s*"([^"]+)"\}')


def page(description: dict, rights: dict[str, str]) -> str:
    return INTRODUCTION + "\n".join(_Reference(description, rights).lines()) + "\n"


def rights_in(source: str) -> dict[str, str]:
    """The meaning of each right, from the table of the program."""
    return dict(_RIGHT.findall(source))


class _Reference:
    def __init__(self, description: dict, rights: dict[str, str]):
        self._root = description
        self._rights = rights
        self._objects_named: list[str] = []  # in the order in which they are first needed
        self._values_named: set[str] = set()

    def lines(self) -> Iterator[str]:
        sections = [line for tag in self._root["tags"] for line in self._section(tag)]
        objects = list(self._objects())
        contents = [f"[{_capital(tag['name'])}](#calls-{tag['name']})" for tag in self._root["tags"]]
        yield " · ".join([*contents, "[Rights](#rights)", "[Values](#values)", "[Objects](#objects)"])
        yield from sections
        yield from self._table_of_rights()
        yield from self._values()
        yield from objects

    def _section(self, tag: dict) -> Iterator[str]:
        yield from ("", f"## Calls: {tag['name']}", "", tag["description"])
        for path, item in self._root["paths"].items():
            for method in METHODS:
                if method in item and tag["name"] in item[method]["tags"]:
                    yield from self._operation(method, path, item[method], item.get("parameters", []))

    def _operation(self, method: str, path: str, operation: dict, shared: list[dict]) -> Iterator[str]:
        yield from ("", f"### {operation['summary']}", "", f"`{method.upper()} {path}`")
        if "description" in operation:
            yield from ("", operation["description"].strip())
        yield ""
        if operation["x-right"] != "anyone":
            yield f"- Right: [`{operation['x-right']}`](#rights)"
        for written in [*shared, *operation.get("parameters", [])]:
            parameter = self._resolved(written)
            needed = ", needed" if parameter.get("required") and parameter["in"] != "path" else ""
            about = parameter.get("description", "").strip().rstrip(".")
            kind = self._kind(parameter["schema"])
            yield f"- {_capital(parameter['in'])} `{parameter['name']}`{needed}: {about} ({kind})"
        if "requestBody" in operation:
            optional = "" if operation["requestBody"].get("required") else ", may be left out"
            yield f"- Body{self._content(operation['requestBody'])}{optional}"
        for status, written in operation["responses"].items():
            if status != "default":
                answer = self._resolved(written)
                about = answer["description"].strip().rstrip(".")
                yield f"- Answer {status}{self._content(answer)}: {about}"
        if "x-result" in operation:
            yield f"- Result of the job: {self._kind({'$ref': '#/components/schemas/' + operation['x-result']})}"

    def _content(self, described: dict) -> str:
        """The forms of a body, after a blank; nothing, if there is none."""
        forms = []
        for media_type, content in described.get("content", {}).items():
            forms.append(self._kind(content["schema"]) if media_type == "application/json" else f"`{media_type}`")
        return f" {' or '.join(forms)}" if forms else ""

    def _kind(self, schema: dict) -> str:
        """What values there may be, in words."""
        if name := _name_of(schema):
            if not _is_object(self._resolved(schema)):
                self._values_named.add(name)
                return f"[{name}](#values)"
            if name not in self._objects_named:
                self._objects_named.append(name)
            return f"[`{name}`](#{name.lower()})"
        if "anyOf" in schema:
            return " or ".join(self._kind(one) for one in schema["anyOf"])
        if "enum" in schema or "const" in schema:
            return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
        types = schema.get("type", "any")
        words = [self._kind_of_type(schema, one) for one in ([types] if isinstance(types, str) else types)]
        return " or ".join(words)

    def _kind_of_type(self, schema: dict, kind: str) -> str:
        if kind == "array":
            return f"list of {self._kind(schema['items'])}"
        if kind == "integer":
            return f"whole number{_bounds(schema)}"
        if kind == "object" and schema.get("properties"):
            return f"object with {', '.join(_fields_of(schema))}"
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"object of {self._kind(schema['additionalProperties'])} by name"
        if kind == "string":
            return schema.get("description", "text").strip() if "pattern" in schema else "text"
        return {"boolean": "true or false", "any": "any value"}.get(kind, kind)

    def _table_of_rights(self) -> Iterator[str]:
        yield from ("", "## Rights", "", "Which role has which: [who may do what](people.md#who-may-do-what).", "",
                    "| right | for |", "|---|---|")
        for name, meaning in self._rights.items():
            yield f"| `{name}` | {meaning} |"

    def _values(self) -> Iterator[str]:
        yield from ("", "## Values", "", "| value | what it is |", "|---|---|")
        for name in sorted(self._values_named):
            schema = self._root["components"]["schemas"][name]
            about = schema.get("description", self._kind(schema)).strip().rstrip(".")
            yield f"| {name} | {about}{_length(schema)} |"

    def _objects(self) -> Iterator[str]:
        yield from ("", "## Objects", "", "Fields with * are always there.")
        self._kind({"$ref": "#/components/schemas/Problem"})
        shown = 0
        while shown < len(self._objects_named):  # a schema may name others
            name = self._objects_named[shown]
            shown += 1
            schema = self._resolved({"$ref": f"#/components/schemas/{name}"})
            yield from ("", f"### {name}", "")
            if "description" in schema:
                yield from (schema["description"].strip(), "")
            yield from self._fields(schema)

    def _fields(self, schema: dict) -> Iterator[str]:
        if "anyOf" in schema:
            yield f"One of: {', '.join(self._kind(one) for one in schema['anyOf'])}."
            return
        if not schema.get("properties"):
            inner = schema.get("additionalProperties")
            yield f"Any names, each with: {self._kind(inner)}." if isinstance(inner, dict) else "Its fields vary."
            return
        needed = schema.get("required", [])
        yield from ("| field | value | |", "|---|---|---|")
        for name, field in schema["properties"].items():
            about = "" if _is_told_by_kind(field) else field.get("description", "").strip()
            kind = self._kind(field)
            yield f"| `{name}`{'*' if name in needed else ''} | {kind} | {about} |".replace(" |  |", " | |")

    def _resolved(self, written: dict) -> dict:
        if "$ref" not in written:
            return written
        found = self._root
        for step in written["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found


def _name_of(schema: dict) -> str:
    return schema["$ref"].rsplit("/", 1)[1] if "$ref" in schema else ""


def _is_object(schema: dict) -> bool:
    return schema.get("type") == "object" or "anyOf" in schema


def _length(schema: dict) -> str:
    return f", of at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""


def _is_told_by_kind(schema: dict) -> bool:
    return schema.get("type") == "string" and "pattern" in schema


def _fields_of(schema: dict) -> list[str]:
    return [f"`{name}`{'*' if name in schema.get('required', []) else ''}" for name in schema["properties"]]


def _bounds(schema: dict) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None and most is None:
        return ""
    if most is None or most > 10**12:
        return f" from {least}"
    return f" up to {most}" if least is None else f" from {least} to {most}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def current_page(root: Path) -> str:
    description = bundle_openapi.bundled(root / "docs/api")
    return page(description, rights_in((root / RIGHTS).read_text(encoding="utf-8")))


def main() -> None:
    if len(sys.argv) > 1:
        sys.exit(__doc__.strip())
    (ROOT / PAGE).write_text(current_page(ROOT), encoding="utf-8")


if __name__ == "__main__":
    main()
