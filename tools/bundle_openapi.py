#!/usr/bin/env python3
"""Puts the files of docs/api together into one OpenAPI document.

    tools/bundle_openapi.py OUTPUT.json         the document
    tools/bundle_openapi.py --header OUTPUT.h   the document as a constant that the program is built with
"""
import json
import sys
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "api"
COMPONENTS = ("parameters", "schemas", "responses")
PIECE_BYTES = 8000  # compilers limit the length of one literal


def bundled(folder: Path = FOLDER) -> dict:
    document = yaml.safe_load((folder / "openapi.yaml").read_text(encoding="utf-8"))
    document["paths"] = {}
    for file in sorted((folder / "resources").glob("*.yaml")):
        resource = yaml.safe_load(file.read_text(encoding="utf-8"))
        add(document["paths"], resource.pop("paths"), file)
        for kind in COMPONENTS:
            add(document["components"].setdefault(kind, {}), resource.pop(kind, {}), file)
        if resource:
            sys.exit(f"{file}: unknown parts: {', '.join(resource)}")
    return document


def add(into: dict, new: dict, file: Path) -> None:
    twice = into.keys() & new.keys()
    if twice:
        sys.exit(f"{file}: stands elsewhere too: {', '.join(sorted(twice))}")
    into.update(new)


def header(text: str) -> str:
    pieces = [text[at:at + PIECE_BYTES] for at in range(0, len(text), PIECE_BYTES)]
    literals = "\n".join(f'    R"json({piece})json"' for piece in pieces)
    return ("// Made from docs/api by tools/bundle_openapi.py.\n#pragma once\n#include <string_view>\n"
            f"namespace apportion {{\ninline constexpr std::string_view kOpenapiJson =\n{literals};\n"
            "}  // namespace apportion\n")


def as_text(document: dict, indent: int | None = None) -> str:
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(document, ensure_ascii=True, indent=indent, separators=separators)


def main() -> None:
    text = as_text(bundled())
    as_header = sys.argv[1] == "--header"
    Path(sys.argv[-1]).write_text(header(text) if as_header else text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
