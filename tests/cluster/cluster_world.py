"""What the tests of a cluster share: a home, and the questions that both engines are asked."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

# pylint: disable=wrong-import-position
from harness import World, WorldTest  # noqa: E402

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
    ("report", "costs", "--by", "CustomerId"),
    ("report", "costs", "--by", "BillingCurrency", "--where", "CustomerName=nobody", "--format", "csv"),
    ("report", "costs", "--by", "ListUnitPrice,BillingCurrency", "--where", "ListUnitPrice=", "--format", "csv"),
    ("report", "costs", "--by", "InvoiceId,BillingCurrency", "--without-carried", "--format", "csv"),
    ("prove", "--json"),
    ("prove",),
)


def publish_a_home(world: World) -> None:
    """Two months with shared charges. One thread: the rows of each file are the same each time."""
    sample = world.sample(seed=3, rows=900, months="2026-09..2026-10", customers=8, quirks=True)
    world.init(sample)
    world.run("sync", "--threads", "1")
    world.run("rules", "apply", sample / "rules.yaml")


def use_cluster(world: World, uri: str, *more: str) -> None:
    world.run("config", "trino", "set", "--url", uri, "--catalog", "lake", "--schema", "apportion", "--user",
              "apportion", *more)


class ClusterTest(WorldTest):
    """A test whose questions go to both engines."""

    def assert_same_answer(self, *question: str) -> None:
        embedded = self.world.run(*question, "--engine", "embedded", code=None)
        trino = self.world.run(*question, "--engine", "trino", code=None)
        self.assertEqual(trino.code, embedded.code, f"{question}\n{trino.talk}")
        self.assertEqual(sorted(trino.out.splitlines()), sorted(embedded.out.splitlines()), question)
