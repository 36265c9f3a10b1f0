"""What exports deliver: rows of `apportion sample`, made once for a month and day, cut down to a scope, in parts.

CSV is filtered and split here, record by record and byte for byte. Parquet is delivered as the sample wrote it, so only
for a billing account as a whole.
"""
import csv
import datetime
import gzip
import io
import json
import re
import subprocess
import threading
from pathlib import Path
from typing import Iterator, NamedTuple

from world import BillingAccount, Commitment, Customer, Profile

FOLDERS = {
    "ActualCost": "actual-cost", "Usage": "actual-cost", "AmortizedCost": "amortized-cost",
    "FocusCost": "focus-cost", "PriceSheet": "price-sheet", "ReservationDetails": "reservation-details",
    "ReservationTransactions": "reservation-transactions",
}
# Kind of scope -> columns, in lower case, one of which names it.
SCOPE_COLUMNS = {
    "profile": ("billingprofileid", "x_billingprofileid"),
    "customer": ("customertenantid", "x_customerid"),
    "subscription": ("subscriptionid", "subaccountid", "purchasingsubscriptionguid"),
}
RECOMMENDATION_COLUMNS = (
    "Cost With No ReservedInstances", "First UsageDate", "Instance Flexibility Ratio", "Instance Flexibility Group",
    "Location", "LookBackPeriod", "MeterID", "Net Savings", "Normalized Size", "Recommended Quantity",
    "Recommended Quantity Normalized", "ResourceType", "scope", "SkuName", "Sku Properties", "Term",
    "Total Cost With ReservedInstances")
_RECOMMENDATION = (
    '{"value":120.45,"currency":"EUR"}', "{day}T00:00:00Z", "1", "Dsv5 Series", "westeurope", "Last7Days",
    "542adcb0-9458-48eb-9fa8-007827afaea9", '{"value":41.3,"currency":"EUR"}', "Standard_D2s_v5", "3", "3",
    "virtualMachines", "Single", "Standard_D2s_v5", '[{"name":"Cores","value":"2"}]', "P1Y",
    '{"value":79.15,"currency":"EUR"}')
SECONDS_MAX = 300


class SampleProblem(Exception):
    pass


class Part(NamedTuple):
    name: str  # part_0_0001.csv
    data: bytes
    rows: int


class Wanted(NamedTuple):
    """What a run delivers."""

    dataset: str
    month: str  # 2026-10
    today: datetime.date
    format: str  # Csv or Parquet
    compression: str  # none, gzip or snappy
    scope_kind: str  # account, profile, customer, subscription
    scope_id: str
    first: datetime.date | None = None  # of the days wanted, when they are less than the month
    last: datetime.date | None = None
    columns: tuple[str, ...] = ()  # all, if none is named


def records(text: str) -> Iterator[str]:
    """The records of CSV as they stand, line ends included; a quoted cell may hold line ends."""
    pending = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        pending += line
        if pending.count('"') % 2 == 0:
            yield pending
            pending = ""
    if pending:
        yield pending


def cells(record: str) -> list[str]:
    return next(csv.reader(io.StringIO(record, newline="")))


class SampleData:
    def __init__(self, program: Path | None, cache: Path, seed: int, customers: int, rows: int, part_rows: int):
        self._program = program
        self._cache = cache
        self._seed = seed
        self._customers = customers
        self._rows = rows
        self.part_rows = part_rows
        self._lock = threading.Lock()

    def folder(self, month: str, today: datetime.date, format: str) -> Path:
        """The sample of a month as it looks on a day; made when it is not there yet."""
        if not self._program:
            raise SampleProblem("the stand-in was started without --program, so it has no data to deliver")
        end = datetime.date.fromisoformat(month + "-01") + datetime.timedelta(days=41)
        day = min(today, end)  # what comes later changes nothing
        folder = self._cache / f"{self._seed}-{self._customers}-{self._rows}-{month}-{day}-{format}"
        with self._lock:
            if not folder.is_dir():
                self._write(folder, month, day, format)
        return folder

    def _write(self, folder: Path, month: str, day: datetime.date, format: str) -> None:
        unfinished = folder.with_suffix(".new")
        command = [str(self._program), "--today", str(day), "sample", "--out", str(unfinished), "--seed",
                   str(self._seed), "--months", month, "--customers", str(self._customers), "--rows",
                   str(self._rows), "--format", format, "--no-restatements", "--invoices"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                              timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            raise SampleProblem(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
        unfinished.rename(folder)

    def parts(self, wanted: Wanted) -> list[Part]:
        if wanted.dataset == "ReservationRecommendations":
            day = wanted.today.isoformat()
            lines = [_csv_line(RECOMMENDATION_COLUMNS),
                     _csv_line(cell.replace("{day}", day) for cell in _RECOMMENDATION)]
            return self._split(lines, wanted)
        if wanted.format == "Parquet" and wanted.dataset != "PriceSheet":
            return self._parquet(wanted)
        texts = [path.read_text(encoding="utf-8") for path in self._files(wanted, "csv", "*.csv")]
        lines = list(records(texts[0]))[:1]
        for text in texts:
            lines += list(records(text))[1:]
        return self._split(_only_columns(_only_wanted(lines, wanted), wanted.columns), wanted)

    def _files(self, wanted: Wanted, format: str, pattern: str) -> list[Path]:
        top = self.folder(wanted.month, wanted.today, format) / "exports" / FOLDERS[wanted.dataset]
        files = sorted(top.rglob(pattern))
        if not files:
            raise SampleProblem(f"the sample has no {wanted.dataset} of {wanted.month} on {wanted.today}")
        return files

    def _parquet(self, wanted: Wanted) -> list[Part]:
        if wanted.scope_kind != "account" or wanted.first or wanted.last or wanted.columns:
            raise SampleProblem("the stand-in delivers Parquet only for a billing account, a month, and all columns")
        files = self._files(wanted, "parquet", "*.parquet")
        manifest = json.loads((files[0].parent / "manifest.json").read_text(encoding="utf-8"))
        rows = {blob["blobName"].rsplit("/", 1)[1]: blob["dataRowCount"] for blob in manifest["blobs"]}
        return [Part(file.name, file.read_bytes(), rows[file.name]) for file in files]

    def _split(self, lines: list[str], wanted: Wanted) -> list[Part]:
        header, rows = lines[0], lines[1:]
        step = self.part_rows or max(1, len(rows))
        parts = []
        for number, start in enumerate(range(0, max(1, len(rows)), step), start=1):
            chunk = rows[start:start + step]
            data = (header + "".join(chunk)).encode("utf-8")
            name = f"part_0_{number:04d}.csv"
            if wanted.compression == "gzip":
                name, data = name + ".gz", gzip.compress(data, mtime=0)
            parts.append(Part(name, data, len(chunk)))
        return parts

    def billing_account(self, today: datetime.date) -> BillingAccount | None:
        """The partner of the sample: account, profiles and customers as they stand in its files."""
        if not self._program:
            return None
        month = (today.replace(day=1) - datetime.timedelta(days=1)).strftime("%Y-%m")
        folder = self.folder(month, today, "csv")
        files = sorted((folder / "exports/actual-cost").rglob("*.csv"))
        account: BillingAccount | None = None
        for file in files:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                for row in csv.DictReader(stream):
                    account = account or _account_of(row)
                    _note(account, row)
        if account:
            account.profiles.sort(key=lambda profile: profile.name)
            account.customers.sort(key=lambda customer: customer.tenant)
        return account


    def commitments(self, today: datetime.date) -> list[Commitment]:
        """The reservations and savings plans that the sample's files of last month name."""
        if not self._program:
            return []
        month = (today.replace(day=1) - datetime.timedelta(days=1)).strftime("%Y-%m")
        found: dict[str, Commitment] = {}
        for file in sorted((self.folder(month, today, "csv") / "exports/amortized-cost").rglob("*.csv")):
            with file.open(encoding="utf-8-sig", newline="") as stream:
                for row in csv.DictReader(stream):
                    if match := _BENEFIT.fullmatch(row["benefitId"]):
                        kind = "Reservation" if match[1].lower().endswith("reservationorders") else "SavingsPlan"
                        sku = "Standard_D2s_v5" if kind == "Reservation" else "Compute_Savings_Plan"
                        term = "P3Y" if row["term"] in ("36", "3Years", "P3Y") else "P1Y"
                        found.setdefault(match[3].lower(), Commitment(kind, match[2], match[3], row["benefitName"],
                                                                      sku, term))
        return [found[id] for id in sorted(found)]


_BENEFIT = re.compile(r"(?i)/providers/(microsoft\.capacity/reservationorders|microsoft\.billingbenefits/"
                      r"savingsplanorders)/([0-9a-f-]{36})/(?:reservations|savingsplans)/([0-9a-f-]{36})")


def _csv_line(values: Iterator[str] | tuple[str, ...]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def _only_wanted(lines: list[str], wanted: Wanted) -> list[str]:
    """The header, and the records of the scope and the days."""
    header = [name.lower().lstrip("\ufeff") for name in cells(lines[0])]
    place = next((header.index(name) for name in SCOPE_COLUMNS.get(wanted.scope_kind, ()) if name in header), None)
    day_place = next((header.index(name) for name in ("date", "chargeperiodstart", "usagedate") if name in header),
                     None)
    if place is None and day_place is None:
        return lines

    def fits(record: str) -> bool:
        row = cells(record)
        if place is not None and row[place].lower().rsplit("/", 1)[-1] != wanted.scope_id.lower():
            return False
        if day_place is None or not (wanted.first or wanted.last):
            return True
        day = _day(row[day_place])
        return (not wanted.first or day >= wanted.first) and (not wanted.last or day <= wanted.last)

    return lines[:1] + [record for record in lines[1:] if fits(record)]


def _only_columns(lines: list[str], columns: tuple[str, ...]) -> list[str]:
    if not columns:
        return lines
    header = [name.lower().lstrip("\ufeff") for name in cells(lines[0])]
    places = [header.index(name.lower()) for name in columns if name.lower() in header]
    rows = (cells(record) for record in lines)
    return [_csv_line(row[place] for place in places) for row in rows]


def _day(text: str) -> datetime.date:
    if "/" in text:
        month, day, year = text.split("/")
        return datetime.date(int(year), int(month), int(day))
    return datetime.date.fromisoformat(text[:10])


def _account_of(row: dict[str, str]) -> BillingAccount:
    guid = row["billingAccountId"]
    tail = guid[::-1].replace("-", "")  # a second id, made of the first
    second = f"{tail[:8]}-{tail[8:12]}-4{tail[13:16]}-8{tail[17:20]}-{tail[20:32]}"
    return BillingAccount(f"{guid}:{second}_2019-05-31", row["billingAccountName"], "MicrosoftPartnerAgreement",
                          row["partnerTenantId"])


def _note(account: BillingAccount, row: dict[str, str]) -> None:
    profile, tenant = row["billingProfileId"], row["customerTenantId"]
    if not account.profile(profile):
        account.profiles.append(Profile(profile, row["billingProfileName"], row["billingCurrency"], profile))
    if not tenant:
        return
    customer = account.customer(tenant)
    if not customer:
        customer = Customer(tenant, row["customerName"], profile, f"{tenant[:4].upper()}-{tenant[4:8].upper()}-BG7-PGB")
        account.customers.append(customer)
    subscription = (row["SubscriptionId"], row["subscriptionName"])
    if subscription[0] and subscription not in customer.subscriptions:
        customer.subscriptions.append(subscription)
