"""What must not leak: secrets that a person typed, characters that steer a terminal, text that a spreadsheet runs."""
import unittest

import harness
from harness import USAGE, WorldTest, latest_run

SECRET = "HIDDENSIGNATURE"
LOCATION = f"https://acme.blob.core.windows.net/c/x?sv=2022-11-02&sr=c&sp=rl&sig={SECRET}%3D"
OCTOBER = "2026-10"


class Secrets(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        (self.world.folder / "exports").mkdir()
        self.world.run("connection", "add", "--name", "acme", "--actual", "exports")
        (self.world.folder / "secret").write_text("of-the-hook", encoding="utf-8")

    def test_no_error_repeats_what_lets_somebody_in(self) -> None:
        for command in (("import", LOCATION, "--connection", "acme"), ("sync", LOCATION), (LOCATION,),
                        ("connection", "test", LOCATION), ("connection", "show", LOCATION), ("sync", f"--{LOCATION}"),
                        ("connection", "edit", "acme", "--actual",
                         f"https://user:{SECRET}@acme.blob.core.windows.net/c"),
                        ("connection", "edit", "acme", "--actual",
                         f"https://acme.blob.core.windows.net/c/x%3Fsp=rl%26sig={SECRET}"),
                        ("backup", "--to", LOCATION), ("backup", "--to", f"https://user:{SECRET}@h.example/backups"),
                        ("connection", "add", "--name", LOCATION), ("rules", "check", LOCATION),
                        ("report", "costs", "--where", f"ResourceId={LOCATION}x"), ("config", "get", LOCATION),
                        ("alerts", "add-webhook", "h", "--url", f"http://h.example/?code={SECRET}", "--secret-file",
                         "secret"),
                        ("alerts", "add-webhook", "h", "--url", f"http://h.example/services/{SECRET}", "--secret-file",
                         "secret"),
                        ("alerts", "add-webhook", "h", "--url", f"https://{SECRET}:x@h.example/", "--secret-file",
                         "secret"),
                        ("alerts", "add-mail", "m", "--server", f"smtps://u:{SECRET}@127.0.0.1:9", "--from", "a@b.de",
                         "--to", "c@d.de")):
            for json in ((), ("--json",)):
                with self.subTest(command=command, json=json):
                    told = self.world.run(*json, *command, code=None)
                    self.assertNotEqual(told.code, 0)
                    self.assertNotIn(SECRET, told.out + told.talk)

    def test_the_url_of_a_webhook_is_kept_sealed(self) -> None:
        self.world.run("alerts", "add-webhook", "hook", "--url", f"https://127.0.0.1:9/{SECRET}/1?sig={SECRET}",
                       "--secret-file", "secret")
        for listing in (("alerts", "channels"), ("alerts", "channels", "--json"), ("audit", "show")):
            told = self.world.run(*listing)
            self.assertNotIn(SECRET, told.out + told.talk)
        for path in self.world.home.glob("control-plane.sqlite*"):
            self.assertNotIn(SECRET.encode(), path.read_bytes())

    def test_webhooks_are_https_urls(self) -> None:
        for url in ("gopher://127.0.0.1:9/x", "http://hooks.example.com/x", "https://127.0.0.1/\r\nX: y"):
            self.world.run("alerts", "add-webhook", "g", "--url", url, "--secret-file", "secret", code=USAGE)


class Terminal(WorldTest):
    RED = "\x1b[31mred\x1b[0m \u202eback"

    def assert_clean(self, *command: object) -> None:
        told = self.world.run(*command, code=None)
        for character in ("\x1b", "\x07", "\u202e", "\x9b"):
            self.assertNotIn(character, told.out + told.talk, command)

    def test_no_name_steers_a_terminal(self) -> None:
        sample = self.world.sample(seed=93, rows=200, months=OCTOBER, customers=3, no_focus=True)
        for export in ("actual-cost", "amortized-cost"):
            part = latest_run(sample, export, OCTOBER).part()
            rows = part.rows()
            for column in ("customerName", "SubscriptionName", "ProductName"):
                place = [name.lower() for name in rows[0]].index(column.lower())
                for row in rows[1:]:
                    row[place] = self.RED
            part.write_rows(rows)
        evil = latest_run(sample, "actual-cost", OCTOBER).folder.parent / "\x1b]0;pwn\x07"
        evil.mkdir()
        (evil / "part.csv").write_text("x", encoding="utf-8")
        self.world.init(sample, customers=False)
        rules = self.world.folder / "rules.yaml"
        rules.write_text("- effective: 2026-10\n  rules:\n    - name: \"\\e[31mred\\u202e\"\n"
                         "      when: {ResourceId: x}\n      assign: nobody\n", encoding="utf-8")
        for command in (("sync", "--verbose"), ("rules", "check", rules), ("rules", "apply", rules), ("months",),
                        ("report", "costs", "--by", "x_CustomerTenantName,SubAccountName,BillingCurrency"),
                        ("report", "costs", "--by", "SubAccountName,BillingCurrency", "--json"), ("explain", "1:1"),
                        ("explain", "1:1", "--json"), ("rules", "check", rules, "--json"), ("sync", "--json")):
            self.assert_clean(*command)


class Spreadsheets(WorldTest):
    def test_text_that_a_spreadsheet_would_run_is_defused_in_csv_alone(self) -> None:
        sample = self.world.sample(seed=94, rows=200, months=OCTOBER, customers=3, no_focus=True)
        for export in ("actual-cost", "amortized-cost"):
            part = latest_run(sample, export, OCTOBER).part()
            rows = part.rows()
            place = [name.lower() for name in rows[0]].index("subscriptionname")
            for row in rows[1:]:
                row[place] = "=cmd|' /C calc'!A0"
            part.write_rows(rows)
        self.world.init(sample)
        self.world.run("sync")
        shown = self.world.costs("SubAccountName,BillingCurrency")
        self.assertTrue(all(row["SubAccountName"] in ("", "'=cmd|' /C calc'!A0") for row in shown), shown)
        exact = self.world.costs("SubAccountName,BillingCurrency", "--exact")
        self.assertIn("=cmd|' /C calc'!A0", {row["SubAccountName"] for row in exact})
        for costs, exact_costs in zip(shown, exact):
            self.assertEqual(costs["BilledCost"], exact_costs["BilledCost"])
        json = self.world.run("report", "costs", "--by", "SubAccountName,BillingCurrency", "--json").json()
        self.assertIn("=cmd|' /C calc'!A0", {row["SubAccountName"] for row in json})


if __name__ == "__main__":
    harness.main()
    unittest.main()
