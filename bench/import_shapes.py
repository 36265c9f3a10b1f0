"""Exports of different shapes, made of a sample's export, for bench/imports.py.

A shape is the same charges laid out so that some reader finds them hard. Each has a manifest that fits its file.
"""
import csv
import json
import random
import shutil
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from pathlib import Path

DAYS = frozenset(("billingPeriodEndDate", "billingPeriodStartDate", "servicePeriodEndDate", "servicePeriodStartDate",
                  "date", "exchangeRateDate"))
DECIMALS = frozenset(("effectivePrice", "quantity", "costInBillingCurrency", "costInPricingCurrency", "costInUsd",
                      "paygCostInBillingCurrency", "paygCostInUsd", "exchangeRatePricingToBilling",
                      "partnerEarnedCreditRate", "PayGPrice", "unitPrice"))
CURRENCY, COST = "billingCurrency", "costInBillingCurrency"
# Texts that only some words are allowed for, or that are JSON.
WORDS = frozenset((CURRENCY, "pricingCurrency", "chargeType", "isAzureCreditEligible", "partnerEarnedCreditApplied",
                   "frequency", "pricingModel", "publisherType", "term", "additionalInfo", "tags"))
TAGS_MAX = 50  # of a resource in Azure
EXACT = Context(prec=60)

Row = dict[str, str]
Totals = dict[str, str]


def _distinct(rows: list[Row]) -> Iterable[Row]:
    for number, row in enumerate(rows):
        texts = {name: f"{value}~{number}" for name, value in row.items()
                 if name not in DAYS and name not in DECIMALS and name not in WORDS}
        decimals = {name: _with_last_digits(row[name], number) for name in DECIMALS if row[name]}
        information = {"additionalInfo": json.dumps({"Number": number}), "tags": f'"number": "{number}"'}
        yield {**row, **texts, **decimals, **information}


def _with_last_digits(value: str, number: int) -> str:
    """The value cut to nine decimal places, and nine more that tell the row."""
    whole, _, fraction = value.partition(".")
    return f"{whole}.{fraction[:9]:0<9}{number:09}"


def _wide_tags(rows: list[Row]) -> Iterable[Row]:
    for row in rows:
        place = _number_of(row["ResourceId"])
        tags = (f'"cost-allocation-{i:02}": "{(place * (i + 1)) % 10**20:020}"' for i in range(TAGS_MAX))
        yield {**row, "tags": ",".join(tags)}


def _number_of(text: str) -> int:
    """The same in every process."""
    return random.Random(text).getrandbits(60)


def _shuffled(rows: list[Row]) -> Iterable[Row]:
    return random.Random(1).sample(rows, len(rows))


def _sorted(rows: list[Row]) -> Iterable[Row]:
    return sorted(rows, key=lambda row: (row["customerTenantId"], row["ResourceId"], row["meterId"], row["date"]))


def _with_line_ends(rows: list[Row]) -> Iterable[Row]:
    for number, row in enumerate(rows):
        yield {**row, "costCenter": f'department "{number % 7}"\nfloor {number % 3},\r\nroom 1',
               "additionalInfo": '{"UsageType":\n "ComputeHR",\n "Number": "' + str(number % 100) + '"}'}


SHAPES: dict[str, Callable[[list[Row]], Iterable[Row]]] = {
    "all cells distinct": _distinct,
    "wide tags": _wide_tags,
    "5 rows": lambda rows: rows[:5],
    "shuffled": _shuffled,
    "sorted": _sorted,
    "everything quoted": lambda rows: rows,
    "line ends in cells": _with_line_ends,
}


def _files(export: Path) -> list[Path]:
    return sorted(export.rglob("part_*"))


def totals_of_csv(export: Path) -> Totals:
    """Rows, and the cost of each currency, by Python's own reader and decimals."""
    rows, costs = 0, {}
    for path in _files(export):
        with open(path, newline="", encoding="utf-8") as file:
            records = csv.reader(file)
            header = next(records)
            currency, cost = header.index(CURRENCY), header.index(COST)
            for record in records:
                rows += 1
                costs[record[currency]] = EXACT.add(costs.get(record[currency], Decimal(0)), Decimal(record[cost]))
    return as_texts(rows, costs.items())


def as_texts(rows: int, costs: Iterable[tuple[str, Decimal]]) -> Totals:
    return {"rows": str(rows), **{currency: format(EXACT.normalize(cost), "f") for currency, cost in sorted(costs)}}


def write_shape(name: str, sample_export: Path, folder: Path) -> None:
    """Writes an export of the shape below the folder: one file and its manifest."""
    rows: list[Row] = []
    for path in _files(sample_export):
        with open(path, newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    header = list(rows[0])
    (old_manifest,) = sample_export.rglob("manifest.json")
    run = folder / old_manifest.parent.relative_to(sample_export)
    shutil.rmtree(folder, ignore_errors=True)
    run.mkdir(parents=True)
    part = run / "part_0_0001.csv"
    written = 0
    with open(part, "w", newline="", encoding="utf-8") as file:
        quoting = csv.QUOTE_ALL if name == "everything quoted" else csv.QUOTE_MINIMAL
        writer = csv.DictWriter(file, header, quoting=quoting)
        writer.writeheader()
        for row in SHAPES[name](rows):
            writer.writerow(row)
            written += 1
    manifest = json.loads(old_manifest.read_text(encoding="utf-8"))
    size = part.stat().st_size
    blob = {**manifest["blobs"][0], "byteCount": size, "dataRowCount": written}
    manifest.update(byteCount=size, blobCount=1, dataRowCount=written, blobs=[blob])
    (run / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
