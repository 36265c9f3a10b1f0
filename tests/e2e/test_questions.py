"""Questions in SQL, and the charges as a file: exact, complete, and nothing beside the relations."""
import csv
import gzip
import io
import json
import os
import signal
import subprocess
import time
import unittest
from collections import defaultdict
from pathlib import Path

import harness
import oracle
from harness import STOPPED, USAGE, WorldTest

OCTOBER = "2026-10"
BY_CUSTOMER = "CustomerId,BillingCurrency"
ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1::BIGINT UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
RULES = """- effective: 2020-01
  rules:
    - name: shared
      when: {ServiceName: {contains: V}}
      share: {cust-00001: 33, cust-00002: 67}
"""

source = Path()


class QuestionsTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        sample = self.world.sample(seed=5, rows=600, months=f"2026-09..{OCTOBER}", customers=4, no_focus=True)
        self.world.init(sample)
        self.world.run("sync")
        rules = self.world.folder / "rules.yaml"
        rules.write_text(RULES, encoding="utf-8")
        self.world.run("rules", "apply", rules)

    def ask(self, sql: str, *more: object) -> list[dict[str, str]]:
        return self.world.run("query", sql, "--format", "csv", *more).rows()


class Questions(QuestionsTest):
    def test_sums_are_those_of_reports(self) -> None:
        sums = "sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost"
        got = self.ask(f"SELECT CustomerId, BillingCurrency, {sums} FROM assigned_charges GROUP BY 1, 2 ORDER BY 1, 2",
                       "--month", OCTOBER)
        wanted = self.world.costs(BY_CUSTOMER, "--month", OCTOBER, "--metrics", "BilledCost,EffectiveCost")
        self.assert_same_costs(got, wanted)
        before = self.ask(f"SELECT BillingCurrency, {sums} FROM charges GROUP BY 1 ORDER BY 1", "--from", OCTOBER)
        self.assert_same_costs(before, self.world.costs("BillingCurrency", "--month", OCTOBER, "--metrics",
                                                        "BilledCost,EffectiveCost"))

    def test_forms(self) -> None:
        sql = "SELECT Month, count(*) AS n, avg(BilledCost) AS mean FROM charges GROUP BY 1 ORDER BY 1"
        shown = self.world.run("query", sql)
        self.assertIn("2026-09", shown.out)
        self.assert_tells(shown, "column mean is floating point, so it is not exact money")
        told = self.world.run("query", sql, "--json")
        self.assertEqual([row["Month"] for row in told.json()], ["2026-09", OCTOBER])
        self.assertEqual(json.loads(told.talk), {"notice": "column mean is floating point, so it is not exact money"})
        for form in ("csv", "json", "xlsx", "parquet", "txt"):
            out = self.world.folder / f"answer.{form}"
            self.world.run("query", sql, "--out", out)
            self.assertGreater(out.stat().st_size, 0)

    def test_what_is_no_question_is_wrong_usage_and_does_nothing(self) -> None:
        (self.world.folder / "secret.csv").write_text("a\nsecret-value\n", encoding="utf-8")
        before = self.world.published()
        files = self.world.lake_files()
        cases = {
            "SELECT * FROM read_csv('/etc/passwd')": "sql-not-a-question",
            "SELECT * FROM 'secret.csv'": "sql-relation-unknown",
            "SELECT * FROM read_text('secret.csv')": "sql-not-a-question",
            "COPY (SELECT 1) TO 'out.csv'": "sql-not-a-question",
            "ATTACH 'x.db'": "sql-not-a-question",
            "INSTALL httpfs": "sql-not-a-question",
            "SET threads = 1": "sql-not-a-question",
            "PRAGMA database_list": "sql-not-a-question",
            "SELECT getenv('HOME')": "sql-not-a-question",
            "SELECT 1; DROP VIEW charges": "sql-not-a-question",
            "DELETE FROM customers": "sql-not-a-question",
            "SELECT": "sql-invalid",
            "SELECT BiledCost FROM charges": "sql-invalid",
            "SELECT CAST('\x1b[31mx' AS INTEGER)": "sql-invalid",
            "SELECT error('no')": "sql-invalid",
        }
        for sql, wanted in cases.items():
            with self.subTest(sql=sql):
                told = self.world.run("query", sql, "--json", code=USAGE)
                self.assertEqual(json.loads(told.talk)["error"]["id"], wanted)
                self.assertEqual(told.out, "")
                self.assertNotIn("\x1b", told.talk)
                self.assertNotIn("secret-value", told.talk)
        self.assertEqual(self.world.published(), before)
        self.assertEqual(self.world.lake_files(), files)
        self.assertFalse((self.world.folder / "out.csv").exists())
        self.assertFalse((self.world.folder / "x.db").exists())

    def test_mistakes_get_the_nearest_name(self) -> None:
        self.assert_tells(self.world.run("query", "SELECT BiledCost FROM charges", code=USAGE), "BilledCost?")
        self.assert_tells(self.world.run("query", "SELECT * FROM costumers", code=USAGE), "did you mean customers?")
        self.assert_tells(self.world.run("query", code=USAGE), "--relations")
        self.assert_tells(self.world.run("query", "SELECT 1", "--month", "2020-01", code=USAGE), "2020-01")
        self.assert_tells(self.world.run("query", "SELECT 1", "--from", "2026-10", "--to", "2026-09", code=USAGE),
                          "swap them")

    def test_ctrl_c_ends_an_endless_question(self) -> None:
        command = self.world.command("query", ENDLESS)
        with subprocess.Popen(command, env=self.world.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            time.sleep(0.5)
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(running.returncode, STOPPED)
        self.assertEqual(out, b"")

    def test_a_result_that_no_form_could_hold_streams_as_csv(self) -> None:
        sql = "SELECT range AS n FROM range(5000001)"
        refused = self.world.run("query", sql, "--json", code=USAGE)
        self.assertEqual(json.loads(refused.talk)["error"]["id"], "result-too-large")
        out = self.world.folder / "large.csv"
        self.world.run("query", sql, "--out", out)
        with out.open(encoding="utf-8") as lines:
            self.assertEqual(sum(1 for _ in lines), 5000002)

    def test_the_memory_limit_holds(self) -> None:
        told = self.world.run("--memory", 64, "query",
                              "SELECT length(string_agg(repeat('x', 1000), '')) FROM range(1000000)", "--json",
                              code=None)
        self.assertEqual(json.loads(told.talk)["error"]["id"], "engine-failed")

    def test_relations_are_documented(self) -> None:
        listed = self.world.run("query", "--relations", "--json").json()
        text = (source / "docs/query.md").read_text(encoding="utf-8")
        columns = (source / "docs/columns.md").read_text(encoding="utf-8")
        for row in listed:
            self.assertIn(f"`{row['Relation']}`", text)
            self.assertTrue(row["Meaning"], row)
            if not row["Relation"].startswith("reservation_"):
                self.assertIn(f"`{row['Column']}`", text + columns)

    def test_columns_tell_which_datasets_deliver_them(self) -> None:
        columns = self.world.run("columns", "--json").json()["columns"]
        filled = self.ask("SELECT " + ", ".join(f'count({row["Column"]}) AS {row["Column"]}' for row in columns)
                          + " FROM charges")[0]
        for row in columns:
            self.assertTrue(row["Example"], row)
            if filled[row["Column"]] != "0" and row["Datasets"] != "Apportion":
                self.assertIn("ActualCost", row["Datasets"], row)

    def test_an_empty_home_says_so(self) -> None:
        empty = harness.World()
        self.addCleanup(empty.close)
        empty.run("init")
        self.assert_tells(empty.run("query", "SELECT 1", code=USAGE), "no charges")
        self.assert_tells(empty.run("dataset", "charges", "--out", "x.csv", code=USAGE), "no charges")
        self.assertIn("BilledCost", empty.run("query", "--relations").out)


class Datasets(QuestionsTest):
    def sums(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        totals: dict[tuple[str, str], dict[str, str]] = defaultdict(lambda: dict.fromkeys(harness.COSTS, "0"))
        for row in rows:
            total = totals[row["CustomerId"], row["BillingCurrency"]]
            for cost in harness.COSTS:
                total[cost] = oracle.plain(oracle.EXACT.add(oracle.exact(total[cost]), oracle.exact(row[cost] or "0")))
        return [{"CustomerId": who, "BillingCurrency": currency, **total} for (who, currency), total in totals.items()]

    def test_sums_are_those_of_report_costs(self) -> None:
        out = self.world.folder / "charges.csv"
        self.world.run("dataset", "charges", "--month", OCTOBER, "--out", out)
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assert_same_costs(self.sums(rows), self.world.costs(BY_CUSTOMER, "--month", OCTOBER))
        self.assertIn("share", {row["x_AssignmentKind"] for row in rows})
        self.assertEqual({row["Month"] for row in rows}, {OCTOBER})

    def test_forms_have_the_same_rows_in_the_same_order(self) -> None:
        plain, packed, parquet = (self.world.folder / f"charges.{form}" for form in ("csv", "csv.gz", "parquet"))
        for out in (plain, packed, parquet):
            self.world.run("dataset", "charges", "--exact", "--out", out)
        text = plain.read_bytes()
        self.assertEqual(gzip.decompress(packed.read_bytes()), text)
        self.assertEqual(parquet.read_bytes()[:4], b"PAR1")
        again = self.world.folder / "again.csv.gz"
        self.world.run("--threads", 1, "dataset", "charges", "--exact", "--out", again)
        self.assertEqual(again.read_bytes(), packed.read_bytes())
        count = len(list(csv.reader(io.StringIO(text.decode("utf-8"), newline="")))) - 1
        told = self.world.run("dataset", "charges", "--out", parquet, "--json").json()
        self.assertEqual(told, {"file": str(parquet), "format": "parquet", "rows": count})

    def test_one_customer(self) -> None:
        out = self.world.folder / "one.csv"
        for customer in ("cust-00001", "unassigned"):
            self.world.run("dataset", "charges", "--customer", customer, "--out", out)
            with out.open(encoding="utf-8", newline="") as file:
                got = self.sums(list(csv.DictReader(file)))
            self.assert_same_costs(got, [row for row in self.world.costs() if row["CustomerId"] == customer])
        told = self.world.run("dataset", "charges", "--customer", "cust-0001", "--out", out, code=USAGE)
        self.assert_tells(told, "no such customer", "did you mean")

    def test_a_file_is_there_as_a_whole_or_not_at_all(self) -> None:
        before = sorted(os.listdir(self.world.folder))
        self.world.run("dataset", "charges", "--out", "charges.dat", code=USAGE)
        self.world.run("dataset", "charges", "--out", "no/such/folder/charges.csv", code=None)
        self.world.run("dataset", "charges", "--out", "no/such/folder/charges.parquet", code=None)
        self.assertEqual(sorted(os.listdir(self.world.folder)), before)


if __name__ == "__main__":
    source = Path(harness.main(extra_arguments=1)[0])
    unittest.main()
