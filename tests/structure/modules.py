"""Who may include whom: dependencies point one way, and stages of the pipeline meet in the store only."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, cpp_code, line_of

STAGES = ("pipeline/fetch", "pipeline/ingest", "pipeline/normalise", "pipeline/split", "pipeline/commitments")

# Every module (a folder under src/), and what it may include beside itself. A module also sees what those see.
MODULES = {
    "foundation/base": (),
    "foundation/yaml": ("foundation/base",),
    "foundation/money": ("foundation/base",),
    "foundation/model": ("foundation/money",),
    "store": ("foundation/model",),
    "engine": ("foundation/model",),
    "engine/trino": ("engine", "azure"),
    "lake": ("store", "engine"),
    "azure": ("foundation/model",),
    "azure/connect": ("azure",),
    "pipeline/fetch": ("azure", "store"),
    "pipeline/ingest": ("lake",),
    "pipeline/invoices": ("pipeline/ingest", "foundation/yaml"),
    "pipeline/normalise": ("lake",),
    "pipeline/split": ("lake", "foundation/yaml"),
    "pipeline/commitments": ("lake", "foundation/yaml"),
    "pipeline/publication": STAGES,
    "query": ("pipeline/split", "pipeline/commitments", "pipeline/invoices"),
    "people": ("foundation/model",),
    "people/oidc": ("people", "azure"),
    "application": ("azure/connect", "engine/trino", "people", "people/oidc", "pipeline/publication", "query",
                    "sample"),
    "serve/format": ("application", "query"),
    "serve/http": ("foundation/base",),
    "serve/page": ("serve/http",),
    "serve/api": ("application", "people", "query", "serve/format", "serve/http", "serve/page"),
    "serve/cli": ("application", "query", "serve/api", "serve/format", "sample"),
    "sample": ("foundation/money",),
    "app": ("serve/cli",),
}

# What modules include themselves: what they see beyond it comes as values of these. So a surface cannot reach past the
# use cases and the queries that another surface would need too.
SURFACES = {
    "serve/api": ("application", "people", "query", "serve/format", "serve/http", "serve/page"),
    "serve/cli": ("application", "query", "serve/api", "serve/format", "serve/http", "serve/page", "sample"),
    "serve/format": ("application", "query"),
}
# (file, included file) -> why.
SURFACE_EXCEPTIONS = {
    ("src/serve/cli/version_command.cpp", "engine/engine.h"): "names the engine and its version",
    ("src/serve/format/table_formats.h", "engine/workbench.h"): "the engine writes Parquet",
    ("src/serve/format/parquet_rows.cpp", "lake/parquet_writer.h"): "writes rows that do not fit into memory",
    ("src/serve/format/commitment_document.h", "pipeline/commitments/commitment_data.h"): "shows a Commitment, a value",
}

# Includes against the table: (module, included module) -> why.
EXCEPTIONS: dict[tuple[str, str], str] = {}

# A surface hands the control plane on, and asks it nothing itself.
_ASKS_THE_STORE = re.compile(r"\bcontrol_plane\s*(?:\.|->)\s*\w+\s*\(")
# Headers that the build makes, and what it makes them from.
_MADE = {"serve/api/openapi.json.h": Path("docs/api/openapi.yaml")}
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


def module_of(path: str) -> str | None:
    """The module of a path under src/; a folder inside a module belongs to it."""
    owners = [module for module in MODULES if path.startswith(module + "/")]
    return max(owners, key=len, default=None)


def visible_to(module: str) -> set[str]:
    seen, to_do = set(), [module]
    while to_do:
        current = to_do.pop()
        if current not in seen:
            seen.add(current)
            to_do.extend(MODULES[current])
    return seen


def check(tree: Tree) -> Iterator[Finding]:
    used = set()
    for path in tree.files("src", (".h", ".cpp", ".sql")):
        inner = path.relative_to("src").as_posix()
        module = module_of(inner)
        if module is None:
            yield Finding(path, 1, "its folder is no module; add it to MODULES in tests/structure/modules.py")
        elif path.suffix != ".sql":
            yield from _check_includes(tree, path, module, used)
            yield from _check_surface(tree, path, module, used)
    for pair in SURFACE_EXCEPTIONS.keys() - used:
        if tree.exists(Path(pair[0])):
            yield Finding(Path(pair[0]), 1, f"no longer includes {pair[1]}; take it out of SURFACE_EXCEPTIONS")
    for module in MODULES:
        if not tree.exists(Path("src") / module):
            yield Finding(Path("src") / module, 1, "there is no such folder; take it out of MODULES")
    for pair in EXCEPTIONS.keys() - used:
        yield Finding(Path("src") / pair[0], 1, f"no longer includes {pair[1]}; take it out of EXCEPTIONS")


def _check_includes(tree: Tree, path: Path, module: str, used: set) -> Iterator[Finding]:
    text = tree.text(path)
    for match in _INCLUDE.finditer(text):
        line, included = line_of(text, match.start()), match[1]
        source = included.removesuffix(".h") if included.endswith(".sql.h") else included  # made from the .sql file
        target = module_of(included)
        if not tree.exists(_MADE.get(included, Path("src") / source)):
            yield Finding(path, line, f'no file src/{source}; includes in "" are written from src/')
        elif target is None or target in visible_to(module):
            continue
        elif (module, target) in EXCEPTIONS:
            used.add((module, target))
        else:
            yield Finding(path, line, f"{module} must not include {target}; see tests/structure/modules.py")


def _check_surface(tree: Tree, path: Path, module: str, used: set) -> Iterator[Finding]:
    if module not in SURFACES:
        return
    text = tree.text(path)
    for match in _INCLUDE.finditer(text):
        target = module_of(match[1])
        if target in (None, module, *SURFACES[module]) or target.startswith("foundation/"):
            continue
        pair = (path.as_posix(), match[1])
        if pair in SURFACE_EXCEPTIONS:
            used.add(pair)
        else:
            yield Finding(path, line_of(text, match.start()),
                          f"{module} must not include {target} itself: ask a use case or a query")
    for match in _ASKS_THE_STORE.finditer(cpp_code(text)):
        yield Finding(path, line_of(text, match.start()), "asks the control plane itself: ask a use case or a query")
