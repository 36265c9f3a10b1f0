"""The Debian package, made from the program that is already built: its files, fields and scripts, and the list of what
ships (SBOM), compared with what the loader finds and what the compiler read."""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import packaging_harness
from packaging_harness import said_by

EPOCH = "1790000000"
# What the package may have below these folders; nothing else is in it.
PLACES = ("./etc/apportion/environment", "./lib/systemd/system/apportion.service", "./usr/bin/apportion",
          "./usr/lib/apportion/libduckdb.so", "./usr/share/bash-completion/completions/apportion",
          "./usr/share/fish/vendor_completions.d/apportion.fish", "./usr/share/zsh/vendor-completions/_apportion",
          "./usr/share/lintian/overrides/apportion", "./usr/share/man/man1/", "./usr/share/doc/apportion/")
PAGE = "./usr/share/apportion/page/"  # if `make page` made it
# The Debian package of each library that a CMakeLists.txt below src/ names.
LIBRARIES = {
    "fmt::fmt": "libfmt9", "nlohmann_json::nlohmann_json": "nlohmann-json3-dev", "PkgConfig::yaml": "libyaml-0-2",
    "CLI11::CLI11": "libcli11-dev", "SQLite::SQLite3": "libsqlite3-0", "ZLIB::ZLIB": "zlib1g",
    "Boost::headers": "libboost1.74-dev", "CURL::libcurl": "libcurl4", "OpenSSL::Crypto": "libssl3",
    "OpenSSL::SSL": "libssl3", "pugixml::pugixml": "libpugixml1v5", "PkgConfig::utf8proc": "libutf8proc2",
    "PkgConfig::re2": "libre2-9", "PkgConfig::zstd": "libzstd1", "PkgConfig::sodium": "libsodium23",
    "PkgConfig::xlsxwriter": "libxlsxwriter4", "PkgConfig::isal": "libisal2", "PkgConfig::xxhash": "libxxhash0",
    "PkgConfig::snappy": "libsnappy1v5",
    "Threads::Threads": "libc6",
}
KERNEL_HEADERS = "linux"  # the source package of constants of system calls, of which nothing is compiled in

package = Path()
root = Path()
control = Path()


def setUpModule():
    global package, root, control
    folder = tempfile.TemporaryDirectory(prefix="apportion-package-")
    unittest.addModuleCleanup(folder.cleanup)
    made = Path(folder.name)
    # Uncompressed: the compressor is slow, and not ours to test.
    said_by("cpack", "--config", packaging_harness.build / "CPackConfig.cmake", "-B", made,
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none", env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    (package,) = made.glob("*.deb")
    root, control = made / "root", made / "control"
    said_by("dpkg-deb", "--extract", package, root)
    said_by("dpkg-deb", "--control", package, control)


def sbom() -> dict:
    return json.loads((root / "usr/share/doc/apportion/apportion.spdx.json").read_text(encoding="utf-8"))


def packages_by(kind: str) -> set[str]:
    """The names of what the program stands in a relation to."""
    names = {one["SPDXID"]: one["name"] for one in sbom()["packages"]}
    return {names[one["relatedSpdxElement"]] for one in sbom()["relationships"]
            if one["relationshipType"] == kind and one["relatedSpdxElement"] in names}


class Contents(unittest.TestCase):
    def listed(self) -> list[tuple[str, str, str]]:
        """Mode, owner and path of each entry."""
        entries = said_by("dpkg-deb", "--contents", package).splitlines()
        return [(words[0], words[1], words[5]) for words in (entry.split(maxsplit=5) for entry in entries)]

    def test_files(self):
        files = [path for mode, _, path in self.listed() if not mode.startswith("d")]
        for file in files:
            self.assertTrue(any(file == place or place.endswith("/") and file.startswith(place)
                                for place in (*PLACES, PAGE)), file)
        for place in PLACES:
            self.assertTrue(any(file.startswith(place) for file in files), place)
        self.assertIn("./usr/share/doc/apportion/docs/install.md", files)
        self.assertIn("./usr/share/doc/apportion/copyright", files)

    def test_everything_is_roots_and_only_root_writes(self):
        programs = {"./usr/bin/apportion"}
        for mode, owner, path in self.listed():
            self.assertEqual(owner, "root/root", path)
            self.assertEqual(mode[1:], "rwxr-xr-x" if mode[0] == "d" or path in programs else "rw-r--r--", path)

    def test_nothing_names_the_machine_that_built_it(self):
        for file in ("usr/bin/apportion", "lib/systemd/system/apportion.service"):
            self.assertNotIn(str(packaging_harness.build).encode(), (root / file).read_bytes(), file)

    def test_the_program_runs_where_it_was_unpacked(self):
        self.assertIn("DuckDB", said_by(root / "usr/bin/apportion", "version"))
        found = re.search(r"libduckdb\.so => (\S+)", said_by("ldd", root / "usr/bin/apportion"))[1]
        self.assertEqual(Path(found).resolve(), root / "usr/lib/apportion/libduckdb.so")

    def test_duckdb_is_the_pinned_one_byte_for_byte(self):
        cache = (packaging_harness.build / "CMakeCache.txt").read_text(encoding="utf-8")
        if re.search(r"^APPORTION_DUCKDB_ROOT:PATH=.+$", cache, re.MULTILINE):
            self.skipTest("built with another DuckDB")
        pinned = packaging_harness.checkout / "third_party/duckdb/lib/libduckdb.so"
        self.assertEqual(pinned.read_bytes(), (root / "usr/lib/apportion/libduckdb.so").read_bytes())

    def test_the_unit_starts_the_installed_program(self):
        unit = (root / "lib/systemd/system/apportion.service").read_text(encoding="utf-8")
        self.assertIn("\nExecStart=/usr/bin/apportion serve\n", unit)
        self.assertNotIn("@PREFIX@", unit)


class Container(unittest.TestCase):
    def test_it_is_built_from_all_folders(self):
        text = (packaging_harness.checkout / "packaging/Containerfile").read_text(encoding="utf-8")
        copied = set(re.findall(r"^COPY (\S+) \1$", text, re.MULTILINE))
        folders = {path.name for path in packaging_harness.checkout.iterdir() if path.is_dir()}
        self.assertEqual(copied, {name for name in folders if not name.startswith(".")} - {"build"})


class Control(unittest.TestCase):
    def field(self, name: str) -> str:
        return said_by("dpkg-deb", "--field", package, name).strip()

    def test_fields(self):
        project = (packaging_harness.checkout / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.search(r"^project\(apportion VERSION ([0-9.]+) ", project, re.MULTILINE)[1]
        self.assertEqual(self.field("Package"), "apportion")
        self.assertEqual(self.field("Version"), version)
        self.assertEqual(package.name, f"apportion_{version}_{self.field('Architecture')}.deb")

    def test_it_depends_on_what_it_is_linked_with(self):
        depends = {one.split()[0] for one in self.field("Depends").split(", ")}
        self.assertLessEqual({"adduser", "ca-certificates", "libc6"}, depends)
        needed = set(LIBRARIES.values()) - packages_by("STATIC_LINK")
        self.assertLessEqual(needed, depends)

    def test_what_an_administrator_changes_is_kept(self):
        self.assertEqual((control / "conffiles").read_text(encoding="utf-8").split(), ["/etc/apportion/environment"])

    def test_scripts(self):
        for name in ("postinst", "prerm", "postrm"):
            script = control / name
            self.assertTrue(os.access(script, os.X_OK), name)
            said_by("sh", "-n", script)
            self.assertIn("\nset -e\n", script.read_text(encoding="utf-8"))

    def test_purge_keeps_the_home_unless_told(self):
        script = (control / "postrm").read_text(encoding="utf-8")
        removal = script.index('rm -rf "$home"')
        self.assertIn('[ "$APPORTION_REMOVE_HOME" = yes ]', script[:removal])
        self.assertEqual(script.count("rm -rf"), 1)


class Sbom(unittest.TestCase):
    def test_it_is_spdx(self):
        found = sbom()
        self.assertEqual(found["spdxVersion"], "SPDX-2.3")
        ids = {one["SPDXID"] for one in found["packages"] + found["files"]} | {found["SPDXID"]}
        self.assertEqual(len(ids), len(found["packages"]) + len(found["files"]) + 1)
        for one in found["relationships"]:
            self.assertLessEqual({one["spdxElementId"], one["relatedSpdxElement"]}, ids)
        for one in found["packages"]:
            self.assertTrue(one["versionInfo"])
            self.assertNotEqual(one["licenseDeclared"], "NOASSERTION", one["name"])

    def test_files_have_the_hashes_of_the_package(self):
        for file in sbom()["files"]:
            sums = {one["algorithm"]: one["checksumValue"] for one in file["checksums"]}
            self.assertEqual(sums["SHA256"], hashlib.sha256((root / file["fileName"]).read_bytes()).hexdigest())

    def test_it_names_all_that_the_loader_finds(self):
        listed = re.findall(r"=> (/\S+) ", said_by("ldd", root / "usr/bin/apportion"))
        libraries = {os.path.basename(path) for path in listed} - {"libduckdb.so"}
        owned = set()
        for name in packages_by("DYNAMIC_LINK") - {"duckdb"}:
            files = said_by("dpkg-query", "--listfiles", name).splitlines()
            names = {os.path.basename(file) for file in files}
            self.assertTrue(names & libraries, f"{name} is not linked")
            owned |= names
        self.assertLessEqual(libraries, owned)

    def test_it_names_all_libraries_of_the_build(self):
        used = set()
        for listing in (packaging_harness.checkout / "src").rglob("CMakeLists.txt"):
            text = listing.read_text(encoding="utf-8")
            used |= set(re.findall(r"\b[A-Za-z0-9_]+::[A-Za-z0-9_]+", text))
        self.assertLessEqual(used, set(LIBRARIES), "name their Debian packages here")
        known = packages_by("DYNAMIC_LINK") | packages_by("STATIC_LINK")
        for library in used:
            self.assertIn(LIBRARIES[library], known, library)

    def test_it_names_all_headers_that_were_compiled_in(self):
        """A package whose headers the compiler read is linked as well, or consists of headers."""
        sources = {self.source_of(name) for name in packages_by("DYNAMIC_LINK") - {"duckdb"}}
        header_only = {name for name in self.packages_of_headers()
                       if self.source_of(name) not in sources | {KERNEL_HEADERS}}
        self.assertEqual(header_only, packages_by("STATIC_LINK"))

    def source_of(self, name: str) -> str:
        return said_by("dpkg-query", "--show", "--showformat", "${source:Package}", name)

    def packages_of_headers(self) -> set[str]:
        """The Debian packages of all headers that the sources of the program include, one header per folder of them."""
        listed = said_by("ninja", "-C", packaging_harness.build, "-t", "deps")
        headers: dict[str, str] = {}
        ours = False
        for line in listed.splitlines():
            if line and not line.startswith(" "):
                ours = "/apportion_" in f"/{line}" and "_test" not in line and not line.startswith("tests/")
            elif ours and (path := line.strip()).startswith("/usr/"):
                headers.setdefault(re.match(r"/usr/\w+/(?:x86_64-linux-gnu/|c\+\+/)?[^/]+", path)[0], path)
        self.assertGreater(len(headers), 20)
        done = subprocess.run(["dpkg-query", "--search", *headers.values()], capture_output=True, encoding="utf-8",
                              check=False)
        self.assertEqual(done.stderr, "")
        return {line.partition(": ")[0].split(":")[0] for line in done.stdout.splitlines()
                if not line.startswith("diversion ")}

    def test_a_library_without_a_license_is_refused(self):
        sys.path.insert(0, str(packaging_harness.checkout / "packaging"))
        import make_sbom
        unknown = make_sbom.DebianPackage("libunknown1", "1.0-1", "amd64")
        with self.assertRaisesRegex(SystemExit, "libunknown1"):
            make_sbom.of_debian(unknown, "linked", "")

    def test_licenses_of_what_is_compiled_in_are_shipped(self):
        text = (root / "usr/share/doc/apportion/copyright").read_text(encoding="utf-8")
        short_names = {"MIT": "Expat", "BSD-3-Clause": "BSD-3-clause"}
        for one in sbom()["packages"]:
            if one["name"] in packages_by("STATIC_LINK") | {"duckdb"}:
                name = one["licenseDeclared"]
                self.assertRegex(text, rf"(?m)^License: {re.escape(short_names.get(name, name))}\n ", one["name"])


if __name__ == "__main__":
    packaging_harness.main()
