"""A second opinion on the bill: slow, obvious, and without a line of the program.

Reads the exports with csv and gzip, adds with decimals of 60 digits that may not round, and follows the documents only:
which run of a month is in force, what list and contracted cost are, who pays by the customer file, and what simple
rules do (a column or tag that equals a value; assign, or shares in per cent).
"""
import csv
import gzip
import io
import json
import re
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
UNIT = Decimal(1).scaleb(-18)
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
NO_CUSTOMER = "unassigned"
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")

# Names that a column goes by besides its own, in lower case.
SYNONYMS = {
    "metersubcategory": ["servicetier"],
    "productname": ["product"],
    "subscriptionid": ["subscriptionguid"],
    "resourcegroupname": ["resourcegroup"],
    "resourceid": ["instancename", "instanceid"],
    "costinusd": ["costusd"],
    "exchangeratepricingtobilling": ["exchangerate"],
}


def exact(text: str) -> Decimal:
    """A cost: read without rounding."""
    return Decimal(text.strip() or "0", EXACT)


def rounded(value: Decimal) -> Decimal:
    """To 18 digits behind the point, half to even."""
    return value.quantize(UNIT, rounding=ROUND_HALF_EVEN, context=Context(prec=60))


def plain(value: Decimal) -> str:
    """As reports write it: no exponent, no zeros at the end."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


class Manifest(NamedTuple):
    path: Path
    dataset: str
    month: str
    last_day: str
    submitted: str
    run_id: str
    rows: int
    parts: list[Path]


def read_manifest(path: Path) -> Manifest:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    run = manifest["runInfo"]
    parts = [path.parent / blob["blobName"].strip().rsplit("/", 1)[1].strip() for blob in manifest["blobs"]]
    return Manifest(path, manifest["exportConfig"]["type"], run["startDate"][:7], run["endDate"][:10],
                    run["submittedTime"], run["runId"].lower(), manifest["dataRowCount"], parts)


def manifests(folder: Path, months: set[str] | None = None) -> list[Manifest]:
    """The manifests of an export; with `months`, only those in the folders of these months."""
    starts = None if months is None else {month.replace("-", "") + "01-" for month in months}
    return [read_manifest(path) for path in sorted(folder.rglob("manifest.json"))
            if starts is None or any(level[:9] in starts for level in path.parts)]


def in_force(candidates: list[Manifest]) -> dict[str, Manifest]:
    """By month: the run that has rows, reaches furthest, was submitted last."""
    chosen: dict[str, Manifest] = {}
    for run in candidates:
        best = chosen.get(run.month)
        if best is None or rank(run) > rank(best):
            chosen[run.month] = run
    return chosen


def rank(run: Manifest) -> tuple:
    return (run.rows > 0, run.last_day, run.submitted)


def part_text(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")


def column_name(cell: str) -> str:
    """`Ressourcengruppe (ResourceGroup)` is named by its last parentheses."""
    match = re.search(r"\(([^()]*)\)\s*$", cell)
    return (match[1] if match else cell).strip().lower()


class Row:
    """A row by names of columns, in whatever case or synonym the file has them."""

    def __init__(self, places: dict[str, int], cells: list[str]):
        self.places = places
        self.cells = cells

    def __getitem__(self, name: str) -> str:
        for known in (name.lower(), *SYNONYMS.get(name.lower(), ())):
            if known in self.places:
                return self.cells[self.places[known]].strip()
        return ""


def read_rows(run: Manifest) -> Iterator[Row]:
    for part in run.parts:
        reader = csv.reader(io.StringIO(part_text(part), newline=""), strict=True)
        header = next(reader)
        places = {column_name(cell): place for place, cell in enumerate(header)}
        for cells in reader:
            if any(cells):
                assert len(cells) == len(header), f"{part}: {len(cells)} cells, not {len(header)}"
                yield Row(places, cells)


def tags_of(text: str) -> dict[str, str]:
    text = text.strip()
    if not text:
        return {}
    try:
        tags = json.loads(text if text.startswith("{") else "{" + text + "}")
    except ValueError:
        return {}
    if not isinstance(tags, dict):
        return {}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in tags.items()}


def iso_day(text: str) -> str:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    return f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}" if match else text[:10]


class Charge(NamedTuple):
    """What counts of a row: its values by canonical column, and its four costs."""

    month: str
    values: dict[str, str]
    tags: dict[str, str]
    costs: tuple[Decimal, Decimal, Decimal, Decimal]

    def value(self, column: str) -> str:
        if column == "Month":
            return self.month
        return self.tags.get(column[4:], "") if column.startswith("tag.") else self.values[column]


NOTHING = Decimal(0)


def guid(text: str) -> str:
    return "" if text == ZERO_GUID else text.lower()


def cost_details_values(row: Row) -> dict[str, str]:
    return {
        "BillingCurrency": row["billingCurrency"].upper(),
        "x_CustomerTenantId": guid(row["customerTenantId"]),
        "x_SubscriptionId": guid(row["SubscriptionId"]),
        "x_ResourceGroupName": row["resourceGroupName"].lower(),  # an id: its case says nothing
        "x_SkuMeterCategory": row["meterCategory"],
        "ChargePeriodStart": iso_day(row["date"]),
    }


def is_of_commitment(row: Row) -> bool:
    """Rows that use, waste, buy or refund a reservation or savings plan."""
    if row["chargeType"].startswith("Unused"):
        return True
    return row["pricingModel"].replace(" ", "").lower() in ("reservation", "savingsplan")


def is_commitment_cash(row: Row) -> bool:
    return is_of_commitment(row) and row["chargeType"] in ("Purchase", "Refund")


def list_cost(row: Row) -> Decimal:
    """A list cost of zero beside a cost is none: price and quantity may say more."""
    written = exact(row["paygCostInBillingCurrency"]) if row["paygCostInBillingCurrency"] else NOTHING
    is_free = exact(row["costInBillingCurrency"]) == 0
    if row["paygCostInBillingCurrency"] and (written != 0 or is_free):
        return written
    return extended(row, "PayGPrice")


def extended(row: Row, price: str) -> Decimal:
    if not (row[price] and row["quantity"]):
        return NOTHING
    rate = row["exchangeRatePricingToBilling"] or "1"
    numbers = [rounded(Decimal(text)) for text in (row[price], row["quantity"], rate)]
    with localcontext(Context(prec=200, traps=[Inexact])):
        product = numbers[0] * numbers[1] * numbers[2]
    return rounded(product)


def cost_details_charges(actual: dict[str, Manifest], amortized: dict[str, Manifest]) -> Iterator[Charge]:
    """Billed cost is the actual file, effective cost the amortized file; list and contracted cost count once."""
    for month, run in actual.items():
        for row in read_rows(run):
            counts = is_commitment_cash(row)
            costs = (exact(row["costInBillingCurrency"]), NOTHING, list_cost(row) if counts else NOTHING,
                     extended(row, "unitPrice") if counts else NOTHING)
            yield Charge(month, cost_details_values(row), tags_of(row["tags"]), costs)
    for month, run in amortized.items():
        for row in read_rows(run):
            costs = (NOTHING, exact(row["costInBillingCurrency"]), list_cost(row), extended(row, "unitPrice"))
            yield Charge(month, cost_details_values(row), tags_of(row["tags"]), costs)


def focus_charges(runs: dict[str, Manifest]) -> Iterator[Charge]:
    """The FOCUS file as it is; list and contracted cost are left to the mends."""
    for month, run in runs.items():
        for row in read_rows(run):
            values = {
                "BillingCurrency": row["BillingCurrency"],
                "x_CustomerTenantId": row["x_CustomerId"].lower(),
                "ServiceName": row["ServiceName"],
                "ChargeCategory": row["ChargeCategory"],
                "CommitmentDiscountId": row["CommitmentDiscountId"],
                "ChargePeriodStart": row["ChargePeriodStart"][:10],
            }
            costs = (exact(row["BilledCost"]), exact(row["EffectiveCost"]), NOTHING, NOTHING)
            yield Charge(month, values, tags_of(row["Tags"]), costs)


class Customers:
    """The customer file: which tenant is whose."""

    def __init__(self, path: Path):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.ids = [row["id"] for row in rows]
        self.of_tenant = {tenant.strip().lower(): row["id"] for row in rows
                          for tenant in row["tenant_ids"].split(";") if tenant.strip()}


class Rule(NamedTuple):
    """A rule that the oracle understands: columns that equal values (ids in lower case), who gets how many per cent."""

    when: dict[str, str]
    shares: list[tuple[str, int]]  # one with 100 is `assign`

    def matches(self, charge: Charge) -> bool:
        return all(charge.value(column) == value for column, value in self.when.items())


def cut(amount: Decimal, percents: list[int]) -> list[Decimal]:
    """Toward zero at 18 digits; what is left goes one unit each to the largest remainders, the earlier at a tie."""
    units = int(amount.scaleb(18, context=EXACT))
    wholes = [Fraction(abs(units) * percent, 100) for percent in percents]
    parts = [whole.numerator // whole.denominator for whole in wholes]
    left = abs(units) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - wholes[place], place))
    for place in by_remainder[:left]:
        parts[place] += 1
    sign = -1 if units < 0 else 1
    return [Decimal(sign * part).scaleb(-18, context=EXACT) for part in parts]


Assign = Callable[[Charge], list[tuple[str, tuple[Decimal, ...]]]]


def assignment(customers: Customers, rules: list[Rule]) -> Assign:
    """The first rule that matches; then the customer of the tenant; then nobody."""

    def assign(charge: Charge) -> list[tuple[str, tuple[Decimal, ...]]]:
        for rule in rules:
            if rule.matches(charge):
                percents = [percent for _, percent in rule.shares]
                by_cost = [cut(cost, percents) for cost in charge.costs]
                return [(name, tuple(parts[place] for parts in by_cost))
                        for place, (name, _) in enumerate(rule.shares)]
        customer = customers.of_tenant.get(charge.value("x_CustomerTenantId"), NO_CUSTOMER)
        return [(customer, charge.costs)]

    return assign


class Bill:
    """The charges of a sample with who pays them."""

    def __init__(self, charges: Iterator[Charge], customers: Customers, rules: list[Rule] = ()):
        assign = assignment(customers, list(rules))
        self.lines = [(customer, charge, costs) for charge in charges for customer, costs in assign(charge)]

    @classmethod
    def of_sample(cls, sample: Path, rules: list[Rule] = (), months: set[str] | None = None) -> "Bill":
        actual, amortized = (in_force(manifests(sample / "exports" / export, months))
                             for export in ("actual-cost", "amortized-cost"))
        return cls(cost_details_charges(actual, amortized), Customers(sample / "customers.csv"), rules)

    @classmethod
    def of_focus(cls, sample: Path) -> "Bill":
        return cls(focus_charges(in_force(manifests(sample / "exports/focus-cost"))),
                   Customers(sample / "customers.csv"))

    def costs(self, by: str, month: str | None = None) -> list[dict[str, str]]:
        """As `report costs --by … --format csv` prints them."""
        columns = by.split(",")
        sums: dict[tuple, list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
        for customer, charge, costs in self.lines:
            if month is not None and charge.month != month:
                continue
            key = tuple(customer if column == "CustomerId" else charge.value(column) for column in columns)
            sums[key] = [EXACT.add(total, cost) for total, cost in zip(sums[key], costs)]
        return [{**dict(zip(columns, key)), **{name: plain(total) for name, total in zip(COSTS, totals)}}
                for key, totals in sums.items()]


def rows_in_force(sample: Path) -> dict[str, int]:
    """Rows of the actual and the amortized file together, by month."""
    counts: dict[str, int] = defaultdict(int)
    for export in ("actual-cost", "amortized-cost"):
        for month, run in in_force(manifests(sample / "exports" / export)).items():
            counts[month] += sum(1 for _ in read_rows(run))
    return dict(counts)


def focus_mends(bill: Bill) -> dict[str, Decimal]:
    """By currency: effective cost that purchases of commitments have and must not have."""
    mends: dict[str, Decimal] = defaultdict(Decimal)
    for _, charge, costs in bill.lines:
        if charge.value("ChargeCategory") == "Purchase" and charge.value("CommitmentDiscountId"):
            currency = charge.value("BillingCurrency")
            mends[currency] = EXACT.subtract(mends[currency], costs[1])
    return dict(mends)


def same_totals(rows: list[dict[str, Any]], by: str) -> dict[str, list[str]]:
    """Sums of report rows by one of their columns."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
    for row in rows:
        sums[row[by]] = [EXACT.add(total, exact(row[name])) for total, name in zip(sums[row[by]], COSTS)]
    return {key: [plain(total) for total in totals] for key, totals in sums.items()}
