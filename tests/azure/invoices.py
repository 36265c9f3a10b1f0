"""The invoices of the partner: those of the program's sample, whose charges name them, or invented ones without it.

A test may add invoices, change what is said of one, and change its lines; whoever fetches it then gets that.
"""
import csv
import datetime
import threading
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sample_data import SampleData, SampleProblem
from world import BillingAccount, World

RECONCILIATION, USAGE = "reconciliation", "usage"
MONTHS_LISTED = 12
DAYS_UNTIL_INVOICE = 6  # after the end of the month
# Files of the sample, by kind of lines; kind -> column of the amount before tax.
_FILES = {RECONCILIATION: "Reconciliation", USAGE: "BilledUsage"}
_FIELDS = {"number": str, "month": datetime.date.fromisoformat, "profile": str, "currency": str, "total": Decimal,
           "kind": str, "status": str, "credit_for": str}


@dataclass(frozen=True)
class Invoice:
    number: str
    month: datetime.date
    profile: str
    currency: str
    total: Decimal  # before tax
    kind: str = "Invoice"
    status: str = "Due"
    credit_for: str = ""

    @property
    def last_day(self) -> datetime.date:
        return (self.month + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)

    @property
    def issued(self) -> datetime.date:
        return self.last_day + datetime.timedelta(days=DAYS_UNTIL_INVOICE)


class Invoices:
    def __init__(self, world: World, data: SampleData):
        self._world = world
        self._data = data
        self._lock = threading.Lock()
        self._told: dict[str, dict[str, Any]] = {}  # what a test says of an invoice, by number
        self._lines: dict[tuple[str, str], list[dict[str, str]]] = {}  # what a test says its lines are

    def between(self, account: BillingAccount, first: datetime.date, last: datetime.date) -> list[Invoice]:
        """Those that were made on these days, oldest first."""
        found: list[Invoice] = []
        for month in self._closed_months():
            known = Invoice("", month, "", "", Decimal())
            if first <= known.issued <= last:
                found += self._of_month(account, month)
        with self._lock:
            told = dict(self._told)
        found = [_changed(one, told.pop(one.number, {})) for one in found]
        added = [self._added(account, fields) for fields in told.values()]
        found += [one for one in added if first <= one.issued <= last]
        return sorted(found, key=lambda one: (one.issued, one.number))

    def find(self, account: BillingAccount, number: str) -> Invoice | None:
        """An invoice by its number, whatever day it is of."""
        with self._lock:
            told = self._told.get(number, {})
        for month in self._closed_months():  # the newest first: those before are made only if they are needed
            for one in self._of_month(account, month):
                if one.number == number:
                    return _changed(one, told)
        return self._added(account, told) if told else None

    def _added(self, account: BillingAccount, told: dict[str, Any]) -> Invoice:
        profile = account.profiles[0]
        return _changed(Invoice("", self._closed_months()[0], profile.name, profile.currency, Decimal()), told)

    def lines(self, invoice: Invoice, kind: str) -> list[dict[str, str]]:
        """The lines of an invoice; none if it has none of the kind."""
        with self._lock:
            told = self._lines.get((invoice.number, kind))
        if told is not None:
            return told
        file = self._folder(invoice.month) / f"{invoice.number}_{_FILES[kind]}.csv"
        return _records(file) if file.is_file() else []

    def tell(self, number: str, fields: dict[str, Any]) -> None:
        unknown = set(fields) - set(_FIELDS)
        if unknown:
            raise ValueError(f"an invoice has no {', '.join(sorted(unknown))}")
        read = {name: _FIELDS[name](value) for name, value in fields.items()}
        with self._lock:
            self._told[number] = {**self._told.get(number, {}), "number": number, **read}

    def tell_lines(self, number: str, kind: str, lines: list[dict[str, str]]) -> None:
        if kind not in _FILES:
            raise ValueError(f"lines are {' or '.join(_FILES)}")
        with self._lock:
            self._lines[number, kind] = lines

    def forget(self) -> None:
        with self._lock:
            self._told.clear()
            self._lines.clear()

    def _closed_months(self) -> list[datetime.date]:
        month = self._world.clock.now().date().replace(day=1)
        months = []
        for _ in range(MONTHS_LISTED):
            month = (month - datetime.timedelta(days=1)).replace(day=1)
            months.append(month)
        return months

    def _folder(self, month: datetime.date) -> Path:
        return self._data.folder(f"{month:%Y-%m}", self._world.clock.now().date(), "csv") / "invoices"

    def _of_month(self, account: BillingAccount, month: datetime.date) -> list[Invoice]:
        if account is not self._world.accounts[0]:
            return []
        try:
            files = sorted(self._folder(month).glob(f"*_{_FILES[RECONCILIATION]}.csv"))
        except SampleProblem:  # there is no program
            return [Invoice(f"G{month:%y%m}{number:05d}", month, profile.name, profile.currency,
                            Decimal(1000 + number), status="Paid") for number, profile in enumerate(account.profiles)]
        found = []
        for file in files:
            records = _records(file)
            currency = records[0]["Currency"]
            profile = next(one.name for one in account.profiles if one.currency == currency)
            total = sum((Decimal(record["Subtotal"]) for record in records), Decimal())
            found.append(Invoice(file.name.partition("_")[0], month, profile, currency, total))
        return found


def _changed(invoice: Invoice, fields: dict[str, Any]) -> Invoice:
    return replace(invoice, **fields)


def _records(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
