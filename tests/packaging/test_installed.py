"""The Debian package on a machine of its own: installed, used, upgraded under a running service, removed and purged.

The machine is a fresh Debian 12 in a folder, booted with systemd by systemd-nspawn, so that the unit runs with its
sandbox. Needs root, a mirror of Debian, and minutes: `tools/test_long package` runs it, `make test` does not.
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import packaging_harness
from packaging_harness import said_by

LOWER_VERSION = "0.0.1"
EPOCH = "1790000000"
HOME = "/var/lib/apportion"
BASE_PACKAGES = "adduser,ca-certificates,systemd,systemd-sysv"
BOOT_SECONDS_MAX = 120
ROUND_SECONDS_MAX = 120
RESTART_SECONDS_MAX = 90


def base_root() -> Path:
    """A fresh Debian 12, kept for the next run: build/package_root.tar"""
    archive = packaging_harness.checkout / "build/package_root.tar"
    if not archive.exists():
        partial = archive.with_suffix(".partial.tar")
        said_by("mmdebstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", "bookworm", partial)
        partial.rename(archive)
    return archive


def build_package(folder: Path, *options: str) -> Path:
    said_by("cpack", "--config", packaging_harness.build / "CPackConfig.cmake", "-B", folder,
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none", *options, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    (package,) = folder.glob("*.deb")
    return package


class Root:
    """A fresh Debian in a folder, with the packages in /root."""

    def __init__(self, folder: Path, packages: list[Path]):
        self.folder = folder
        said_by("tar", "--extract", "--file", base_root(), "--directory", folder)
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
        for package in packages:
            shutil.copy(package, folder / "root" / package.name)

    def command(self, *words: str) -> list[str]:
        """How a command is run in it."""
        raise NotImplementedError

    def run(self, *words: str, code: int | None = 0) -> str:
        """Runs a command as root; what it prints, on both channels."""
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                              stdin=subprocess.DEVNULL, check=False, timeout=packaging_harness.SECONDS_MAX,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb",
                                   "DEBIAN_FRONTEND": "noninteractive"})
        assert code is None or done.returncode == code, f"{shlex.join(words)}: exit {done.returncode}\n{done.stdout}"
        return done.stdout

    def apportion(self, *words: str, code: int | None = 0) -> str:
        """The program, as the user of the service in the home of the service."""
        return self.run("runuser", "-u", "apportion", "--", "apportion", "--home", HOME, *words, code=code)

    def install(self, package: Path) -> str:
        return self.run("apt-get", "install", "--yes", "--no-install-recommends", "--allow-downgrades",
                        f"/root/{package.name}")


class NotBooted(Root):
    """A root in which single commands run, each in a container of its own."""

    def command(self, *words: str) -> list[str]:
        return ["env", "SYSTEMD_NSPAWN_TMPFS_TMP=0", "systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                "--pipe", f"--directory={self.folder}", "env", "DEBIAN_FRONTEND=noninteractive", *words]


class Machine(Root):
    """A root that is booted. It shares the network of the machine below it."""

    def __init__(self, folder: Path, packages: list[Path]):
        super().__init__(folder, packages)
        self.log = open(folder.with_suffix(".log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot",
                                         f"--directory={folder}"], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        self.init = self.wait_for_init()

    def wait_for_init(self) -> int:
        """The id, outside, of the machine's first process, once the machine is up."""
        last = time.monotonic() + BOOT_SECONDS_MAX
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while time.monotonic() < last and self.process.poll() is None:
            found = children.read_text(encoding="ascii").split()
            if found:
                self.init = int(found[0])
                state = subprocess.run(self.command("systemctl", "is-system-running"), capture_output=True,
                                       encoding="utf-8", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return self.init
            time.sleep(0.5)
        self.log.seek(0)
        raise AssertionError(f"the machine does not boot:\n{self.log.read()[-3000:]}")

    def command(self, *words: str) -> list[str]:
        return ["nsenter", f"--target={self.init}", "--all", *words]

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def shows(self, name: str) -> str:
        """A property of the service."""
        return self.run("systemctl", "show", "--value", f"--property={name}", "apportion.service").strip()

    def journal(self) -> str:
        return self.run("journalctl", "--unit=apportion.service", "--output=cat", "--no-pager")


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise AssertionError("this test needs root: it boots a machine")
        scratch = tempfile.TemporaryDirectory(prefix="apportion-machine-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        cls.lower = build_package(cls.folder / "lower", "-D", f"CPACK_PACKAGE_VERSION={LOWER_VERSION}")
        cls.current = build_package(cls.folder / "current")

    def root_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder


def wait_until(condition, seconds_max: int, what: str) -> None:
    last = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < last, what
        time.sleep(1)


class Life(InstalledTest):
    """One machine from the first installation to the last trace."""

    def test_life(self):
        self.machine = Machine(self.root_folder("machine"), [self.lower, self.current])
        self.addCleanup(self.machine.close)
        self.machine.run("apt-get", "-qq", "update")
        for step in (self.install, self.tour_of_the_readme, self.first_use, self.service_runs, self.service_is_confined,
                     self.service_comes_back, self.upgrade, self.stop, self.remove, self.purge, self.install_again,
                     self.purge_with_the_home):
            with self.subTest(step.__name__):
                step()
                print(f"{step.__name__}: done", flush=True)

    def install(self):
        self.machine.install(self.lower)
        self.assertRegex(self.machine.run("getent", "passwd", "apportion"), rf":{HOME}:/usr/sbin/nologin$")
        self.assertEqual(self.machine.run("stat", "--format=%U:%G %a", HOME).strip(), "apportion:apportion 700")
        self.assertEqual(self.machine.run("systemctl", "is-enabled", "apportion").strip(), "enabled")
        self.assertEqual(self.machine.shows("ActiveState"), "inactive")
        self.assertEqual(self.machine.shows("ConditionResult"), "no")

    def tour_of_the_readme(self):
        text = (packaging_harness.checkout / "README.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        commands = [line[2:] for line in "".join(blocks).splitlines() if line.startswith("$ ")]
        self.assertGreater(len(commands), 10)
        script = "set -e\n" + "\n".join(commands).replace("build/release/apportion", "/usr/bin/apportion")
        said = self.machine.run("runuser", "-u", "apportion", "--", "bash", "-c", f"cd /tmp\n{script}\nrm -r $tour")
        self.assertIn("everything holds", said)

    def first_use(self):
        self.machine.run("install", "--directory", "--owner=apportion", "/srv/exports")
        self.machine.apportion("init")
        self.machine.apportion("sample", "--out", "/srv/exports/partner", "--seed", "5", "--rows", "1000",
                               "--months", "2026-09..2026-10", "--no-focus")
        self.machine.apportion("connection", "add", "--name", "acme",
                               "--actual", "/srv/exports/partner/exports/actual-cost",
                               "--amortized", "/srv/exports/partner/exports/amortized-cost")
        self.machine.apportion("customer", "import", "/srv/exports/partner/customers.csv")
        self.machine.run("sh", "-c", "umask 077; echo a-secret >/srv/secret; chown apportion /srv/secret")
        self.machine.apportion("alerts", "add-webhook", "hook", "--url", "https://hooks.invalid/x", "--secret-file",
                               "/srv/secret")
        self.assertEqual(self.machine.run("stat", "--format=%U %a", f"{HOME}/key").strip(), "apportion 600")

    def service_runs(self):
        self.machine.run("systemctl", "start", "apportion")
        self.assertEqual(self.machine.shows("ActiveState"), "active")
        wait_until(lambda: "2026-10" in self.machine.apportion("months", code=None), ROUND_SECONDS_MAX,
                   f"no round of the service: {self.machine.journal()}")
        wait_until(lambda: "everything holds" in self.machine.apportion("prove", code=None), ROUND_SECONDS_MAX,
                   f"no split: {self.machine.journal()}")
        self.assertIn("looking for new runs", self.machine.journal())
        self.assertNotIn("permission", self.machine.journal().lower())

    def service_is_confined(self):
        status = self.machine.run("cat", f"/proc/{self.machine.shows('MainPID')}/status")
        for fact in (r"NoNewPrivs:\s+1", r"Seccomp:\s+2", r"CapEff:\s+0+$", r"CapBnd:\s+0+$"):
            self.assertRegex(status, re.compile(fact, re.MULTILINE))

    def service_comes_back(self):
        first = self.machine.shows("MainPID")
        self.machine.run("systemctl", "kill", "--signal=SIGKILL", "apportion")
        wait_until(lambda: self.machine.shows("ActiveState") == "active" and self.machine.shows("MainPID") != first,
                   RESTART_SECONDS_MAX, "the service does not come back after a kill")

    def upgrade(self):
        self.machine.run("sh", "-c", "echo '# of the administrator' >>/etc/apportion/environment")
        self.before = self.view()
        first = self.machine.shows("MainPID")
        self.machine.install(self.current)
        self.assertEqual(self.machine.shows("ActiveState"), "active")
        self.assertNotEqual(self.machine.shows("MainPID"), first)
        self.assertIn("# of the administrator", self.machine.run("cat", "/etc/apportion/environment"))
        self.assertEqual(self.view(), self.before)
        self.assertIn("hook", self.machine.apportion("alerts", "channels"))

    def view(self) -> str:
        return self.machine.apportion("report", "costs", "--by", "Month,CustomerId,BillingCurrency", "--format", "csv")

    def stop(self):
        self.machine.run("systemctl", "stop", "apportion")
        self.assertEqual((self.machine.shows("ActiveState"), self.machine.shows("Result")), ("inactive", "success"))
        self.machine.run("systemctl", "start", "apportion")

    def remove(self):
        self.machine.run("apt-get", "remove", "--yes", "apportion")
        self.machine.run("test", "!", "-e", "/usr/bin/apportion")
        self.machine.run("test", "-e", "/etc/apportion/environment")
        self.machine.run("test", "-s", f"{HOME}/control-plane.sqlite")
        self.assertEqual(self.machine.run("find", "/proc", "-maxdepth", "1", "-user", "apportion"), "")

    def purge(self):
        said = self.machine.run("apt-get", "purge", "--yes", "apportion")
        self.assertIn(f"{HOME} and its user are kept", said)
        self.machine.run("test", "!", "-e", "/etc/apportion")
        self.machine.run("test", "-s", f"{HOME}/control-plane.sqlite")
        self.assertEqual(self.machine.run("stat", "--format=%U", HOME).strip(), "apportion")
        left = self.machine.run("find", "/etc", "/usr", "/lib/systemd", "-name", "*apportion*")
        self.assertEqual(left, "")

    def install_again(self):
        self.machine.install(self.current)
        self.assertEqual(self.view(), self.before)
        self.assertEqual(self.machine.shows("ActiveState"), "active")

    def purge_with_the_home(self):
        self.machine.run("env", "APPORTION_REMOVE_HOME=yes", "apt-get", "purge", "--yes", "apportion")
        self.machine.run("test", "!", "-e", HOME)
        self.machine.run("getent", "passwd", "apportion", code=2)


class Container(InstalledTest):
    """The steps of the Containerfile's last stage, without an engine: in a root that is not booted."""

    def test_last_stage(self):
        root = NotBooted(self.root_folder("container"), [])
        text = (packaging_harness.checkout / "packaging/Containerfile").read_text(encoding="utf-8")
        stage = text[text.rindex("\nFROM "):]
        for file in re.findall(r"^COPY --from=build \S+ (\S+)/$", stage, re.MULTILINE):
            shutil.copy(self.current, root.folder / file.lstrip("/"))
        for line in re.findall(r"^RUN (.+)$", stage, re.MULTILINE):
            root.run("sh", "-c", line)
        user = re.search(r"^USER (\S+)$", stage, re.MULTILINE)[1]
        home = re.search(r"^ENV APPORTION_HOME=(\S+)$", stage, re.MULTILINE)[1]
        program = re.search(r'^ENTRYPOINT \["(\S+)"\]$', stage, re.MULTILINE)[1]
        command = re.search(r'^CMD \["(\S+)"\]$', stage, re.MULTILINE)[1]
        as_user = ("runuser", "-u", user, "--", "env", f"APPORTION_HOME={home}", program)
        root.run("test", "!", "-e", f"{home}/control-plane.sqlite")  # no image has a home in it
        root.run(*as_user, "init")
        self.assertIn("there are no connections yet", root.run(*as_user, command, "--rounds", "1"))


class Lintian(InstalledTest):
    @unittest.skipUnless(shutil.which("lintian"), "no lintian")
    def test_nothing_to_complain_about(self):
        package = build_package(self.folder / "compressed", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=xz")
        self.assertEqual(said_by("lintian", "--allow-root", "--tag-display-limit", "0", package), "")

    def test_two_builds_are_one_package(self):
        self.assertEqual(build_package(self.folder / "again").read_bytes(), self.current.read_bytes())


if __name__ == "__main__":
    packaging_harness.main()
