"""The audit log leaves the home: exported it can be verified by anybody, anchored it cannot be rewritten unseen; and a
customer's personal data is erased while its bill still proves."""
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import unittest
from pathlib import Path

import harness
from harness import CHECK_FAILED, DONE, USAGE, WorldTest

REASON = 'a "reason" with\ttabs, \\ and Umläuten ✓'
root = Path(__file__).resolve().parents[2]


def recipe() -> str:
    """The script that docs/operate.md shows."""
    text = (root / "docs/operate.md").read_text(encoding="utf-8")
    return re.search(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]


class AuditTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        for name in ("contoso", "fabrikam"):
            self.world.run("customer", "add", name)
        self.world.run("customer", "edit", "contoso", "--sees", "both")
        self.world.run("customer", "retire", "contoso", "--from", "2026-11-01")
        self.world.run("customer", "erase", "contoso", "--reason", REASON)
        self.anchors = self.world.folder / "elsewhere.jsonl"

    def verified(self, lines: list[str]) -> bool:
        """By the script of the docs, which knows nothing of the program."""
        done = subprocess.run([sys.executable, "-c", recipe()], input="\n".join(lines), capture_output=True,
                              encoding="utf-8", timeout=harness.SECONDS_MAX, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode == 0

    def rewrite(self) -> None:
        """As whoever owns the file can: another text, and all hashes from there on computed anew."""
        with sqlite3.connect(self.world.home / "control-plane.sqlite") as plane:
            plane.execute("DROP TRIGGER audit_log_is_not_changed")
            plane.execute("UPDATE audit_log SET detail = 'nothing' WHERE id = 2")
            previous = ""
            for row in plane.execute("SELECT id, at, actor, what, detail, address, customer, by_customer"
                                     " FROM audit_log ORDER BY id").fetchall():
                said = [previous, *row[:-1], bool(row[-1])]
                text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
                previous = hashlib.sha256(text.encode()).hexdigest()
                plane.execute("UPDATE audit_log SET hash = ? WHERE id = ?", (previous, row[0]))
        plane.close()

    def test_an_export_is_verified_by_a_script(self) -> None:
        lines = self.world.run("audit", "export").out.splitlines()
        self.assertIn(REASON, json.loads(lines[-1])["detail"])
        self.assertTrue(self.verified(lines))
        self.assertTrue(self.verified(lines[2:]), "a part of it, too")
        for name, value in (("detail", "x"), ("customer", "fabrikam"), ("by_customer", True), ("address", "10.0.0.7")):
            entry = json.loads(lines[1])
            entry[name] = value
            self.assertFalse(self.verified([lines[0], json.dumps(entry), *lines[2:]]), name)
        self.assertFalse(self.verified([lines[0], *lines[2:]]), "an entry is missing")
        out = self.world.folder / "audit.jsonl"
        self.world.run("audit", "export", "--from", harness.TODAY, "--to", harness.TODAY, "--out", out)
        self.assertEqual(out.read_text(encoding="utf-8").splitlines(), lines)
        self.assertEqual(self.world.run("audit", "export", "--to", "2026-01-01").out, "")

    def test_a_log_rewritten_after_it_was_anchored_is_found(self) -> None:
        self.world.run("audit", "anchor", self.anchors)
        self.world.run("customer", "add", "northwind")
        self.world.run("audit", "anchor", self.anchors)
        self.world.run("audit", "anchor", self.anchors)
        self.assertEqual(len(self.anchors.read_text(encoding="utf-8").splitlines()), 2, "the last time nothing was new")
        self.world.run("audit", "verify", "--anchor", self.anchors)
        self.rewrite()
        self.world.run("audit", "verify")
        refused = self.world.run("audit", "verify", "--anchor", self.anchors, "--json", code=CHECK_FAILED)
        self.assertEqual(json.loads(refused.talk)["error"]["id"], "audit-head-missing")
        self.assertIn("missing", refused.json())
        before = self.anchors.read_bytes()
        self.world.run("audit", "anchor", self.anchors, code=CHECK_FAILED)
        self.assertEqual(self.anchors.read_bytes(), before)

    def test_the_service_anchors_each_round_and_alerts_when_it_cannot(self) -> None:
        serve = ("serve", "--rounds", "1", "--listen", "off", "--audit-anchor", self.anchors)
        self.assert_tells(self.world.run(*serve), "anchored the audit log")
        self.world.run(*serve)
        self.assertEqual(len(self.anchors.read_text(encoding="utf-8").splitlines()), 1)
        self.rewrite()
        self.assert_tells(self.world.run(*serve), "the audit log was not anchored", "the log was rewritten")
        alerts = self.world.run("alerts", "check", "--json", code=CHECK_FAILED).json()["alerts"]
        self.assertEqual([alert["kind"] for alert in alerts], ["audit-not-anchored"], "a check by hand closes it not")
        self.anchors.unlink()
        self.world.run(*serve)
        self.assertEqual(self.world.run("alerts", "check", "--json").json()["alerts"], [])
        self.world.run("serve", "--rounds", "1", "--listen", "off", "--audit-anchor", self.world.home / "x", code=USAGE)


class ErasureTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=42, rows=400, customers=6, no_focus=True)
        self.world.init(self.sample)
        self.world.run("sync")
        self.customer = next(row["CustomerId"] for row in self.world.costs() if row["CustomerId"] != "unassigned")
        self.world.run("customer", "edit", self.customer, "--name", "Zebra Ltd", "--external-id", "zebra-4711")
        self.world.run("user", "add", "anna@zebra.example", "--role", "customer-admin", "--customer", self.customer)

    def erase(self, *options: str, code: int = DONE) -> harness.Outcome:
        return self.world.run("customer", "erase", self.customer, "--reason", "the contract ended", *options, code=code)

    def refusal(self) -> str:
        return json.loads(self.erase("--json", code=USAGE).talk)["error"]["id"]

    def test_names_go_and_the_bill_proves(self) -> None:
        self.assertEqual(self.refusal(), "customer-not-erasable")
        self.world.run("customer", "retire", self.customer, "--from", "2026-11-01")
        self.assertEqual(self.refusal(), "customer-not-erasable")
        self.world.run("months", "lock", "--month", "2026-09")
        self.assertEqual(self.refusal(), "customer-not-erasable")
        self.world.run("months", "lock", "--month", "2026-10")
        costs = self.world.costs("CustomerId,BillingCurrency")
        named = ("CustomerName,CustomerExternalId", "--where", f"CustomerId={self.customer}")
        self.assertEqual({row["CustomerName"] for row in self.world.costs(*named)}, {"Zebra Ltd"})

        self.assertIn("users", self.erase("--dry-run").out)
        code, told = self.at_terminal("n\n", "customer", "erase", self.customer, "--reason", "x")
        self.assertEqual(code, CHECK_FAILED, told)
        self.assertEqual({row["CustomerName"] for row in self.world.costs(*named)}, {"Zebra Ltd"})

        erased = self.erase("--json").json()
        self.assertEqual((erased["dry_run"], erased["names"], erased["users"]), (False, True, 1))
        self.assertEqual({(row["CustomerName"], row["CustomerExternalId"]) for row in self.world.costs(*named)},
                         {(self.customer, "")})
        self.assertEqual(self.world.costs("CustomerId,BillingCurrency"), costs)
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("audit", "verify")
        checks = self.world.run("doctor", "--json", code=None).json()
        self.assertNotIn("control-plane-damaged", json.dumps(checks))
        self.assertEqual(self.world.run("user", "list", "--json").json()["users"], [])
        for listing in (("customer", "list", "--all"), ("report", "costs", "--by", "CustomerName,BillingCurrency"),
                        ("explain", "--customer", self.customer, "--month", "2026-10")):
            self.assertNotIn("Zebra", self.world.run(*listing).out)
        files = list(self.world.home.glob("control-plane*"))
        self.assertTrue(files)
        for file in files:
            self.assertNotIn(b"Zebra Ltd", file.read_bytes())
            self.assertNotIn(b"zebra-4711", file.read_bytes())
        self.assertFalse(self.erase("--json").json()["names"], "there is nothing left of it")


if __name__ == "__main__":
    harness.main()
    unittest.main()
