"""The systemd unit: what it promises in words holds in its settings, and systemd reads it without a complaint."""
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import packaging_harness
from packaging_harness import help_of, said_by

# What the sandbox must have, whatever else changes.
SANDBOX = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "ProtectKernelModules": "yes", "ProtectKernelTunables": "yes", "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes", "ProtectClock": "yes", "ProtectHostname": "yes", "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native", "CapabilityBoundingSet": "", "LimitCORE": "0", "UMask": "0077",
}
EXPOSURE_MAX = 2.0  # of systemd's 10


def settings_of(text: str) -> dict[str, list[str]]:
    """All settings of a unit; a setting may stand there again and again."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "[")):
            name, is_setting, value = line.partition("=")
            assert is_setting and re.fullmatch(r"[A-Za-z]+", name), line
            found.setdefault(name, []).append(value)
    return found


class Unit(unittest.TestCase):
    def setUp(self):
        template = packaging_harness.checkout / "packaging/apportion.service.in"
        self.text = template.read_text(encoding="utf-8")
        self.settings = settings_of(self.text)

    def test_sandbox(self):
        for name, value in SANDBOX.items():
            self.assertEqual(self.settings.get(name), [value], name)

    def test_it_runs_the_service_as_its_user_in_its_home(self):
        self.assertEqual(self.settings["User"], ["apportion"])
        self.assertEqual(self.settings["StateDirectoryMode"], ["0700"])
        self.assertEqual(self.settings["StateDirectory"], ["apportion"])
        self.assertEqual(self.settings["Environment"], ["APPORTION_HOME=/var/lib/apportion"])
        self.assertEqual(self.settings["ConditionPathExists"], ["/var/lib/apportion/control-plane.sqlite"])

    def test_what_it_starts_exists(self):
        words = self.settings["ExecStart"][0].split()
        self.assertEqual(words[:2], ["@PREFIX@/bin/apportion", "serve"])
        for option in words[2:]:
            self.assertIn(option.partition("=")[0], help_of(("serve",)))

    def test_a_stop_is_no_failure(self):
        self.assertEqual(self.settings["SuccessExitStatus"], ["130"])
        self.assertEqual(self.settings["RestartPreventExitStatus"], ["2"])
        self.assertNotIn("KillMode", self.settings)

    def test_the_file_of_variables_names_what_the_program_reads(self):
        text = (packaging_harness.checkout / "packaging/environment").read_text(encoding="utf-8")
        variables = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
        self.assertIn("APPORTION_KEY_FILE", variables)
        program = (packaging_harness.build / "apportion").read_bytes()
        for variable in variables - {"HTTPS_PROXY", "NO_PROXY"}:  # libcurl reads these
            self.assertIn(variable.encode(), program)
        self.assertIn("EnvironmentFile=-/etc/apportion/environment", self.text)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
    def test_systemd_reads_it(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix = Path(folder, "prefix")
            (prefix / "bin").mkdir(parents=True)
            (prefix / "bin/apportion").symlink_to(packaging_harness.build / "apportion")
            unit = Path(folder, "apportion.service")
            unit.write_text(self.text.replace("@PREFIX@", str(prefix)), encoding="utf-8")
            self.assertEqual(said_by("systemd-analyze", "verify", "--man=no", unit), "")
            judged = said_by("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
            exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", judged)
            self.assertLessEqual(float(exposure[1]), EXPOSURE_MAX, judged)


if __name__ == "__main__":
    packaging_harness.main()
