"""The key of the secrets is rotated: whatever a kill leaves, every secret opens, and the same command again finishes
it."""
import re
import shutil
import unittest

import kill_harness
from harness import CHECK_FAILED, REFUSED, USAGE
from kill_harness import KillTest

POINTS = 6
WEBHOOKS = ("first", "second", "third")


class KeyTest(KillTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        secret = self.world.folder / "secret.txt"
        secret.write_text("a secret", encoding="utf-8")
        secret.chmod(0o600)
        for name in WEBHOOKS:
            self.world.run("alerts", "add-webhook", name, "--url", f"https://{name}.example.com/x", "--secret-file",
                           secret)
        sas = self.world.folder / "sas.txt"
        sas.write_text("sv=2024-11-04&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=c2VjcmV0", encoding="utf-8")
        exports = "https://partner.blob.core.windows.net/exports"
        self.world.run("connection", "add", "--name", "acme", "--actual", f"{exports}/actual", "--amortized",
                       f"{exports}/amortized", "--sas-file", sas)
        self.secrets = 2 * len(WEBHOOKS) + 1

    def key(self, **variables: str) -> dict:
        """What `key show` says; every secret must open."""
        shown = self.world.run("key", "show", "--json", environment=self.world.environment(**variables)).json()
        self.assertEqual((shown["secrets"], shown["opened"]), (self.secrets, self.secrets))
        return shown

    def assert_urls_open(self) -> None:
        channels = self.world.run("alerts", "channels", "--json").json()["channels"]
        told = {to for channel in channels for to in channel["to"]}
        self.assertEqual(told, {f"https://{name}.example.com" for name in WEBHOOKS})

    def old_keys(self) -> set[str]:
        """The keys of the home, as they stand in its file."""
        return set(re.findall(r"[0-9a-f]{64}", (self.world.home / "key").read_text(encoding="ascii")))


class Rotation(KeyTest):
    def test_the_old_key_is_gone(self) -> None:
        before, old = self.key(), self.old_keys()
        rotated = self.world.run("key", "rotate", "--json").json()
        self.assertEqual((rotated["old_fingerprint"], rotated["secrets"]), (before["fingerprint"], self.secrets))
        self.assertEqual(self.key()["fingerprint"], rotated["fingerprint"])
        self.assert_urls_open()
        for path in self.world.home.iterdir():
            if path.is_file():
                self.assertFalse(old & set(re.findall("[0-9a-f]{64}", path.read_bytes().decode("latin-1"))), path)
        last = self.world.run("audit", "show", "--json").json()["entries"][-1]
        self.assertEqual(last["what"], "key.rotate")
        self.world.run("audit", "verify")
        self.world.run("doctor", code=None)

    def test_a_kill_at_any_write(self) -> None:
        start = self.world.folder / "start"
        shutil.copytree(self.world.home, start)
        changes = self.changes_of("key", "rotate")
        interrupted = 0
        for point in self.points(changes, POINTS):
            with self.subTest(point=point, of=changes):
                shutil.rmtree(self.world.home)
                shutil.copytree(start, self.world.home)
                self.kill(point, "key", "rotate")
                interrupted += self.key()["is_rotating"]
                self.assert_urls_open()
                self.kill(point // 2 + 1, "key", "rotate")
                self.key()
                self.world.run("key", "rotate")
                self.assertFalse(self.key()["is_rotating"])
                self.assertEqual(len(self.old_keys()), 1)
                self.assert_urls_open()
        self.assertGreater(interrupted, 0)

    def test_to_another_place(self) -> None:
        new = self.world.folder / "new-key"
        new.write_text("f" * 64, encoding="ascii")
        self.world.run("key", "rotate", "--to", new, code=REFUSED)
        new.chmod(0o600)
        self.world.run("key", "rotate", "--to", new)
        self.assertFalse((self.world.home / "key").exists())
        self.assertEqual(self.key(APPORTION_KEY_FILE=str(new))["source"], str(new))
        here = self.world.environment(APPORTION_KEY_FILE=str(new))
        self.world.run("key", "rotate", environment=here, code=USAGE)
        self.world.run("key", "rotate", "--to", new, environment=here, code=USAGE)
        self.world.run("key", "show", environment=self.world.environment(APPORTION_KEY="e" * 64), code=CHECK_FAILED)


class Backups(KeyTest):
    def test_a_backup_has_the_key_of_its_time(self) -> None:
        before = self.key()
        self.world.run("backup", "--to", self.world.folder / "with")
        self.world.run("backup", "--to", self.world.folder / "without", "--without-key")
        self.world.run("key", "rotate")
        self.world.home = self.world.folder / "restored"
        self.world.run("restore", "--from", self.world.folder / "with")
        self.assertEqual(self.key()["fingerprint"], before["fingerprint"])
        self.world.home = self.world.folder / "restored-without"
        outcome = self.world.run("restore", "--from", self.world.folder / "without")
        self.assert_tells(outcome, f"the key {before['fingerprint']} of the secrets is NOT in the backup")

    def test_a_backup_amid_a_rotation_opens(self) -> None:
        changes = self.changes_of("key", "rotate")
        for point in range(1, changes + 1):
            self.kill(point, "key", "rotate")
            if self.key()["is_rotating"]:
                break
        self.assertTrue(self.key()["is_rotating"])
        self.assertIn("interrupted", self.world.run("doctor", code=None).talk + self.world.run("doctor", code=None).out)
        self.world.run("backup", "--to", self.world.folder / "backups")
        self.world.home = self.world.folder / "restored"
        self.world.run("restore", "--from", self.world.folder / "backups")
        self.key()


if __name__ == "__main__":
    kill_harness.main()
    unittest.main()
