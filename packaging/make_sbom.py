#!/usr/bin/env python3
"""Writes the list of what ships, as SPDX 2.3: python3 make_sbom.py --root ROOT --version V --lock LOCK --out FILE

ROOT is the root of the package, with the program and its private library in their places. What the program is linked
with is what the loader finds (`ldd`), as Debian packages with their versions; libraries that consist of headers are in
licenses.json, where a test keeps them complete; DuckDB is the pinned one.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any, NamedTuple

LICENSES = json.loads(Path(__file__).with_name("licenses.json").read_text(encoding="utf-8"))
PROGRAM = "usr/bin/apportion"
DUCKDB = "usr/lib/apportion/libduckdb.so"
PAGE_LICENSES = "usr/share/apportion/page/licenses.json"
DUCKDB_NPM_PACKAGE = "@duckdb/node-bindings-linux-x64"


class DebianPackage(NamedTuple):
    name: str
    version: str
    architecture: str


def said_by(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True, env={**os.environ, "LC_ALL": "C"}
                          ).stdout


def linked_files(program: Path) -> list[Path]:
    """The libraries that the loader finds for a program."""
    found = re.findall(r"(?:=> |^\s)(/\S+) \(0x", said_by("ldd", program), re.MULTILINE)
    return sorted({Path(path) for path in found})


def owner_of(file: Path) -> DebianPackage:
    """The Debian package of a file. dpkg knows a file of /usr/lib by the path that its package names: maybe /lib."""
    resolved = file.resolve()
    places = [str(file), str(resolved)] + [str(path).removeprefix("/usr") for path in (file, resolved)]
    for place in places:
        done = subprocess.run(["dpkg-query", "--search", place], capture_output=True, encoding="utf-8", check=False)
        if done.returncode == 0:
            owner = done.stdout.partition(": ")[0]
            return DebianPackage(*said_by("dpkg-query", "--show", "--showformat",
                                          "${Package} ${Version} ${Architecture}", owner).split())
    sys.exit(f"make_sbom: {file} belongs to no Debian package")


def debian_package(name: str) -> DebianPackage:
    return DebianPackage(*said_by("dpkg-query", "--show", "--showformat", "${Package} ${Version} ${Architecture}",
                                  name).split())


def linked_packages(program: Path, own: Path) -> list[DebianPackage]:
    """What the program is linked with, without what ships beside it."""
    return sorted({owner_of(file) for file in linked_files(program) if file.resolve() != own.resolve()})


def spdx_id(name: str) -> str:
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]", "-", name)


def described(name: str, version: str, license_name: str, where: str, locator: str, role: str) -> dict[str, Any]:
    return {"SPDXID": spdx_id(name), "name": name, "versionInfo": version, "downloadLocation": where,
            "licenseConcluded": license_name, "licenseDeclared": license_name, "copyrightText": "NOASSERTION",
            "filesAnalyzed": False, "comment": role,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": locator}]}


def of_debian(package: DebianPackage, group: str, role: str) -> dict[str, Any]:
    if package.name not in LICENSES[group]:
        sys.exit(f"make_sbom: the license of {package.name} ({group}) is not in licenses.json")
    version = urllib.parse.quote(package.version)
    return described(package.name, package.version, LICENSES[group][package.name], "NOASSERTION",
                     f"pkg:deb/debian/{urllib.parse.quote(package.name)}@{version}?arch={package.architecture}", role)


def of_duckdb(lock: Path | None, engine: str, library: Path) -> dict[str, Any]:
    """The pinned DuckDB; without a lock, the one that the program was built with."""
    role = "the columnar engine, shipped as a private library"
    pinned = re.search(rf"^package ({re.escape(DUCKDB_NPM_PACKAGE)}) (\S+) \S+ sha512-(\S+)$",
                       lock.read_text(encoding="utf-8") if lock else "", re.MULTILINE)
    if not pinned:
        return described("duckdb", engine, "MIT", "NOASSERTION", f"pkg:github/duckdb/duckdb@v{engine}", role)
    name, version, checksum = pinned.groups()
    package = described("duckdb", engine, "MIT", npm_archive(name, version),
                        f"pkg:npm/{name.replace('@', '%40')}@{version}", role)
    package["checksums"] = [{"algorithm": "SHA512", "checksumValue": base64.b64decode(checksum).hex()}]
    package["packageFileName"] = library.name
    return package


def of_page(root: Path) -> list[dict[str, Any]]:
    """The libraries that are bundled into the page, as its build lists them; none without a page."""
    listing = root / PAGE_LICENSES
    found = json.loads(listing.read_text(encoding="utf-8")) if listing.exists() else []
    return [described(one["name"], one["version"], one["identifier"], npm_archive(one["name"], one["version"]),
                      f"pkg:npm/{one['name'].replace('@', '%40')}@{one['version']}", "bundled into the page")
            for one in found]


def npm_archive(name: str, version: str) -> str:
    return f"https://registry.npmjs.org/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def shipped_file(root: Path, place: str, license_name: str) -> dict[str, Any]:
    data = (root / place).read_bytes()
    return {"SPDXID": spdx_id("File-" + place), "fileName": f"./{place}", "fileTypes": ["BINARY"],
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(data).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": hashlib.sha256(data).hexdigest()}],
            "licenseConcluded": license_name, "copyrightText": "NOASSERTION"}


def relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def document(root: Path, version: str, lock: Path | None) -> dict[str, Any]:
    program = root / PROGRAM
    engine = re.search(r"DuckDB v?(\S+)", said_by(program, "version"))[1]
    own = described("apportion", version, "Apache-2.0", "NOASSERTION", f"pkg:generic/apportion@{version}",
                    "the program")
    duckdb = of_duckdb(lock, engine, root / DUCKDB)
    compiled_in = [of_debian(debian_package(name), "compiled in", "headers, compiled into the program")
                   for name in LICENSES["compiled in"]]
    linked = [of_debian(package, "linked", "a shared library of the system, not shipped")
              for package in linked_packages(program, root / DUCKDB)]
    bundled = of_page(root)
    files = [shipped_file(root, PROGRAM, "Apache-2.0"), shipped_file(root, DUCKDB, "MIT")]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"]),
                 relation(own["SPDXID"], "CONTAINS", files[0]["SPDXID"]),
                 relation(duckdb["SPDXID"], "CONTAINS", files[1]["SPDXID"]),
                 relation(own["SPDXID"], "CONTAINS", duckdb["SPDXID"])]
    relations += [relation(own["SPDXID"], "CONTAINS", one["SPDXID"]) for one in bundled]
    relations += [relation(own["SPDXID"], "STATIC_LINK", one["SPDXID"]) for one in compiled_in]
    relations += [relation(own["SPDXID"], "DYNAMIC_LINK", one["SPDXID"]) for one in (duckdb, *linked)]
    created = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))
    identity = hashlib.sha256("".join(file["checksums"][1]["checksumValue"] for file in files).encode()).hexdigest()
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"apportion-{version}",
            "documentNamespace": f"https://spdx.org/spdxdocs/apportion-{version}-{identity[:32]}",
            "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", created),
                             "creators": ["Tool: apportion packaging/make_sbom.py"]},
            "packages": [own, duckdb, *bundled, *compiled_in, *linked], "files": files, "relationships": relations}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--lock", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    text = json.dumps(document(given.root, given.version, given.lock), indent=1, sort_keys=True)
    given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
