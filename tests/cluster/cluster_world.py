"""What the tests of a cluster share: a home, and the questions that both engines are asked."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

# pylint: disable=wrong-import-position
import harness  # noqa: E402
from harness import Outcome, World, WorldTest  # noqa: E402

RECORDED = HERE / "recorded/answers.json"

# What is recorded, and replayed by every run of the tests.
REPLAYED = (
    ("report", "costs", "--by", "CustomerId,BillingCurrency", "--format", "csv"),
    ("report", "costs", "--by", "CustomerName,tag.env,BillingCurrency", "--month", "2026-10", "--format", "csv"),
    ("report", "costs", "--by", "ConsumedUnit,BillingCurrency", "--metrics", "BilledCost,ConsumedQuantity", "--where",
     "CustomerId=cust-00001", "--format", "csv"),
    ("prove", "--month", "2026-10", "--json"),
)
# What else is asked of a real cluster.
ASKED = (
    ("report", "changes", "--month", "2026-10", "--format", "csv"),
    ("explain", "ROW"),
    ("explain", "--customer", "cust-00001", "--month", "2026-10", "--format", "csv"),
    ("commitments", "utilisation", "--month", "2026-10", "--format", "csv"),
    ("dataset", "charges", "--month", "2026-10", "--customer", "cust-00001", "--out", "FILE.csv"),
    ("dataset", "focus", "--month", "2026-10", "--customer", "cust-00001", "--allow-unknown", "--out", "FILE.csv"),
    ("reconcile", "--month", "2026-10", "--format", "csv"),
    ("migrate", "compare", "--format", "csv"),
    ("report", "costs", "--by", "ResourceId,BillingCurrency", "--where", "CustomerId=cust-00001", "--format", "csv"),
    ("report", "costs", "--by", "CustomerExternalId,Month,BillingCurrency", "--format", "csv"),
    ("report", "costs", "--by", "tag.cost-center,BillingCurrency", "--where", "tag.env=prod", "--format", "csv"),
    ("report", "costs", "--by", "tag.no such/key~,BillingCurrency", "--format", "csv"),
    ("report", "costs", "--by", "Tags,BillingCurrency", "--format", "csv"),
    ("report", "costs", "--by", "Day,BillingCurrency", "--where", "ServiceName=Virtual Machines", "--format", "csv"),
    ("report", "costs", "--by", "ConsumedUnit,PricingUnit,BillingCurrency", "--metrics",
     "ConsumedQuantity,PricingQuantity,BilledCost", "--format", "csv"),
    ("report", "costs", "--by", "CustomerId", "--in", "USD", "--format", "csv"),
    ("report", "costs", "--by", "CustomerId,BillingCurrency", "--month", "2026-10", "--compare", "previous",
     "--format", "csv"),
    ("report", "costs", "--by", "ServiceName,BillingCurrency", "--sort", "BilledCost", "--top", "3", "--format", "csv"),
    ("report", "costs", "--by", "BillingCurrency", "--where", "CustomerName=nobody", "--format", "csv"),
    ("report", "costs", "--by", "ListUnitPrice,BillingCurrency", "--where", "ListUnitPrice=", "--format", "csv"),
    ("report", "costs", "--by", "InvoiceId,BillingCurrency", "--without-carried", "--format", "csv"),
    ("prove", "--json"),
    ("prove",),
    ("report", "changes", "--lines", "--format", "csv"),
    ("report", "changes", "--by", "ServiceName", "--top", "3", "--only-differences", "--format", "csv"),
    ("months", "late", "--json"),
    ("explain", "--customer", "unassigned", "--format", "csv"),
    ("commitments", "list", "--format", "csv"),
    ("commitments", "show", "COMMITMENT", "--json"),
    ("commitments", "utilisation", "--by", "Commitment,Customer,Subscription,Month,Day", "--format", "csv"),
    ("commitments", "coverage", "--format", "csv"),
    ("commitments", "coverage", "--by", "Commitment,Customer", "--customer", "cust-00001", "--format", "csv"),
    ("commitments", "savings", "--format", "csv"),
    ("commitments", "unused", "--format", "csv"),
    ("commitments", "amortisation", "--format", "csv"),
    ("commitments", "warnings", "--format", "csv"),
    ("commitments", "recommendations", "--format", "csv"),
    ("dataset", "charges", "--out", "FILE.csv"),
    ("dataset", "focus", "--allow-unknown", "--out", "FILE.csv"),
    ("reconcile", "--rows", "--format", "csv"),
    ("reconcile", "--daily-usage", "--rows", "--format", "csv"),
    ("reconcile", "--totals", "--format", "csv"),
    ("migrate", "compare", "--rows", "--format", "csv"),
    ("migrate", "compare", "--gained", "--format", "csv"),
)
# What both engines refuse.
REFUSED = ("report", "costs", "--by", "CustomerId")


def publish_a_small_home(world: World) -> None:
    """Two months with shared charges. One thread: the rows of each file are the same each time."""
    sample = world.sample(seed=3, rows=900, months="2026-09..2026-10", customers=8, quirks=True)
    world.init(sample)
    world.run("sync", "--threads", "1")
    world.run("rules", "apply", sample / "rules.yaml")


def publish_a_home(world: World) -> None:
    """Two months with shared charges, the second of them published twice, an invoice, and bills of the legacy method.
    One thread: the rows of each file are the same each time."""
    sample = world.sample(seed=3, rows=900, months="2026-09..2026-10", customers=8, quirks=True, invoices=True)
    world.init(sample)
    for export in ("reservation-details", "reservation-transactions", "reservation-recommendations"):
        world.run("connection", "edit", "acme", f"--{export}", sample / "exports" / export)
    world.run("sync", "--threads", "1")
    world.run("rules", "apply", sample / "rules.yaml")
    newer = harness.newer_run(sample, "amortized-cost", "2026-10", 50)
    rows = newer.part().rows()
    kind, model = rows[0].index("chargeType"), rows[0].index("pricingModel")
    usage = next(i for i, row in enumerate(rows) if i > 0 and row[kind] == "Usage" and row[model] == "OnDemand")
    newer.part().set_cell(usage, "costInBillingCurrency", "1.5")
    world.run("sync", "--threads", "1")
    world.run("import", sample / "invoices", "--connection", "acme")
    invoice = sorted((sample / "invoices").glob("*_Reconciliation.csv"))[0].name.split("_")[0]
    world.run("invoice", "add", invoice, "--month", "2026-09", "--currency", "EUR", "--total", "1.5")
    for month in ("2026-09", "2026-10"):
        world.run("import", sample / f"legacy/bill-{month}.csv", "--connection", "acme", "--columns",
                  sample / "legacy/columns.yaml")


def use_cluster(world: World, uri: str, *more: str, schema: str = "apportion") -> None:
    world.run("config", "trino", "set", "--url", uri, "--catalog", "lake", "--schema", schema, "--user", "apportion",
              *more)


class ClusterTest(WorldTest):
    """A test whose questions go to both engines."""

    def answer(self, engine: str | None, question: tuple[str, ...]) -> tuple[Outcome, list[str]]:
        """What a command does, by an engine or that of the settings, and the lines that it prints and writes, sorted.
        `FILE` stands for a file, `ROW` for a charge, `COMMITMENT` for a commitment of the home."""
        file = self.world.folder / "answer"
        words = [word.replace("FILE", str(file)) for word in self.named(question)]
        outcome = self.world.run(*words, *(("--engine", engine) if engine else ()), code=None)
        lines = outcome.out.splitlines()
        for path in sorted(self.world.folder.glob("answer*.csv")):
            lines += path.read_text(encoding="utf-8").splitlines()
            path.unlink()
        return outcome, sorted(lines)

    def named(self, question: tuple[str, ...]) -> list[str]:
        words = list(question)
        if "ROW" in words:
            words[words.index("ROW")] = self.first("report", "costs", "--by", "x_RowId,BillingCurrency", "--where",
                                                   "CustomerId=cust-00001", "--month", "2026-10")["x_RowId"]
        if "COMMITMENT" in words:
            words[words.index("COMMITMENT")] = self.first("commitments", "list")["CommitmentId"]
        return words

    def first(self, *question: str) -> dict[str, str]:
        return self.world.run(*question, "--engine", "embedded", "--format", "csv").rows()[0]

    def assert_same_answer(self, *question: str) -> None:
        embedded, lines = self.answer("embedded", question)
        trino, lines_of_trino = self.answer("trino", question)
        self.assertEqual(trino.code, embedded.code, f"{question}\n{trino.talk}")
        self.assertEqual(lines_of_trino, lines, question)
        self.assertIn(embedded.code, (harness.DONE, harness.CHECK_FAILED), f"{question}\n{embedded.talk}")
        self.assert_asked(trino, question)

    def assert_asked(self, outcome: Outcome, question: tuple[str, ...]) -> None:
        """The cluster gave the answer, or a part of it; a command that writes JSON does not say so."""
        if "--json" not in question:
            self.assertIn("answered by the Trino cluster", outcome.talk, question)
