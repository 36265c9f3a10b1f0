"""Reservations and savings plans: use, savings, amortisation and moved costs equal an oracle's digit for digit.

The oracle reads the files itself, adds with exact decimals, divides with fractions, and knows the documents only.
"""
import calendar
import csv
import datetime
import json
import random
import unittest
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import harness
import oracle
from harness import WorldTest
from oracle import EXACT, NOTHING, plain

SIDE_EXPORTS = ("reservation-details", "reservation-transactions", "reservation-recommendations")


def add(left: Decimal, right: Decimal) -> Decimal:
    return EXACT.add(left, right)


def fraction(value: Decimal) -> Fraction:
    return Fraction(value)


def percent(part: Decimal, whole: Decimal) -> str:
    """To 6 digits, half to even; empty when the whole is nothing."""
    if whole == 0:
        return ""
    return plain(Decimal(round(fraction(part) * 100 * 10**6 / fraction(whole))).scaleb(-6, context=EXACT))


def cut(amount: Decimal, weights: list[Fraction]) -> list[Decimal]:
    """Parts in proportion: cut toward zero at 18 digits, what is left goes to the largest remainders."""
    units = int(amount.scaleb(18, context=EXACT))
    total = sum(weights)
    wholes = [abs(units) * weight / total for weight in weights]
    parts = [whole.numerator // whole.denominator for whole in wholes]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - wholes[place], place))
    for place in by_remainder[:abs(units) - sum(parts)]:
        parts[place] += 1
    return [Decimal(-part if units < 0 else part).scaleb(-18, context=EXACT) for part in parts]


class Use(NamedTuple):
    """What one row of the amortized file says of a commitment."""

    row: int
    month: str
    day: str
    commitment: str
    kind: str
    used: bool
    customer: str
    currency: str
    cost: Decimal
    pricing: Decimal
    list_cost: Decimal | None
    quantity: Decimal
    meter: str


def commitment_of(row: oracle.Row) -> str:
    last = row["benefitId"].lower().rsplit("/", 1)[-1]
    return last or row["reservationId"].lower()


class Commitments:
    """The commitments of a sample, read from its files."""

    def __init__(self, sample: Path):
        self.sample = sample
        self.customers = oracle.Customers(sample / "customers.csv")
        self.uses: list[Use] = []
        self.usage: list[Use] = []  # all that is used, by commitments or not
        self.cash: list[dict[str, Any]] = []
        for month, run in sorted(oracle.in_force(oracle.manifests(sample / "exports/amortized-cost")).items()):
            for row in oracle.read_rows(run):
                if oracle.is_of_commitment(row):
                    self.uses.append(self.use_of(month, row))
                if row["chargeType"] == "Usage":
                    self.usage.append(self.use_of(month, row))
        for month, run in sorted(oracle.in_force(oracle.manifests(sample / "exports/actual-cost")).items()):
            for row in oracle.read_rows(run):
                if oracle.is_commitment_cash(row):
                    self.cash.append({
                        "month": month, "day": oracle.iso_day(row["date"]), "commitment": commitment_of(row),
                        "refund": row["chargeType"] == "Refund", "one_time": row["frequency"] == "OneTime",
                        "pricing": oracle.exact(row["costInPricingCurrency"]), "term": int(row["term"]),
                        "customer": self.customer_of(row)})
        self.hours: dict[tuple[str, str], list[Decimal]] = {}
        for run in oracle.in_force(oracle.manifests(sample / "exports/reservation-details")).values():
            for row in oracle.read_rows(run):
                hours = self.hours.setdefault((row["ReservationId"].lower(), row["UsageDate"][:10]), [NOTHING, NOTHING])
                hours[0] = add(hours[0], oracle.exact(row["UsedHours"]))
                hours[1] = max(hours[1], oracle.exact(row["ReservedHours"]))

    def customer_of(self, row: oracle.Row) -> str:
        return self.customers.of_tenant.get(oracle.guid(row["customerTenantId"]), oracle.NO_CUSTOMER)

    def use_of(self, month: str, row: oracle.Row) -> Use:
        cost = oracle.exact(row["costInBillingCurrency"])
        known = oracle.list_cost(row)
        commitment = commitment_of(row) if oracle.is_of_commitment(row) else ""
        return Use(len(self.uses), month, oracle.iso_day(row["date"]), commitment,
                   "Reservation" if row["pricingModel"] == "Reservation" else "Savings Plan",
                   not row["chargeType"].startswith("Unused"), self.customer_of(row), row["billingCurrency"], cost,
                   oracle.exact(row["costInPricingCurrency"]), None if known == 0 and cost != 0 else known,
                   oracle.exact(row["quantity"]), row["meterId"].lower())


def table(rows: list[dict[str, str]], keys: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows of a report by their keys, each of which must be there once."""
    found = {tuple(row[key] for key in keys): row for row in rows}
    assert len(found) == len(rows), "two rows of a report have the same keys"
    return found


class SampleTest(WorldTest):
    """The commitments of samples, against the oracle."""

    def take_in(self, seed: int, **flags: Any) -> Commitments:
        sample = self.world.sample(name=f"sample-{seed}", seed=seed, rows=3000, months="2026-08..2026-10",
                                   customers=12, **flags)
        self.world.init(sample)
        for export in SIDE_EXPORTS:
            self.world.run("connection", "edit", "acme", f"--{export}", sample / "exports" / export)
        self.world.run("sync")
        return Commitments(sample)

    def report(self, name: str, by: str, *more: Any) -> list[dict[str, str]]:
        return self.world.run("commitments", name, "--by", by, "--format", "csv", *more).rows()

    def test_use_and_savings(self) -> None:
        for seed in (3, 17, 40):
            with self.subTest(seed=seed):
                self.world = harness.World()
                self.addCleanup(self.world.close)
                facts = self.take_in(seed, no_focus=True)
                self.check_keys()
                self.check_utilisation(facts)
                self.check_coverage(facts)
                self.check_savings(facts)
                self.check_amortisation(facts)
                self.check_inventory(facts)
                self.check_recommendations(facts)

    def check_keys(self) -> None:
        """Each report on use shows the columns that it was asked for, and no others of them."""
        shown = {"Commitment": "CommitmentId", "Customer": "CustomerId", "Subscription": "SubscriptionId",
                 "Month": "Month", "Day": "Day"}
        for name in ("utilisation", "coverage", "savings", "unused"):
            for by in (*shown, "Commitment,Day", "Customer,Month", ",".join(shown)):
                rows = self.report(name, by)
                self.assertTrue(rows, (name, by))
                wanted = {shown[word] for word in by.split(",")}
                self.assertEqual({column for column in shown.values() if column in rows[0]}, wanted, (name, by))

    def check_utilisation(self, facts: Commitments) -> None:
        sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
        days: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
        for use in facts.uses:
            of = sums[(use.commitment, use.month, use.currency)]
            place = 0 if use.used else 1
            of[place] = add(of[place], use.cost)
            of[2 + place] = add(of[2 + place], use.quantity)
            idle = days[(use.commitment, use.month)]
            idle[use.day] = idle.get(use.day, True) and not use.used
        got = table(self.report("utilisation", "Commitment,Month"), ("CommitmentId", "Month", "BillingCurrency"))
        self.assertEqual(set(got), set(sums))
        all_quantities: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [NOTHING, NOTHING])
        pricing: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [NOTHING, NOTHING])
        for use in facts.uses:
            of = pricing[(use.commitment, use.month)]
            of[0], of[1] = add(of[0], use.pricing if use.used else NOTHING), add(of[1], use.pricing)
        for (commitment, month, _), of in sums.items():
            both = all_quantities[(commitment, month)]
            both[0], both[1] = add(both[0], of[2]), add(both[1], of[3])
        for key, (used, unused, used_quantity, unused_quantity) in sums.items():
            row = got[key]
            self.assertEqual(row["UsedCost"], plain(used), key)
            self.assertEqual(row["UnusedCost"], plain(unused), key)
            self.assertEqual(row["UtilisationPercent"], percent(*pricing[key[:2]]), key)
            self.assertEqual(row["UsedQuantity"], plain(used_quantity), key)
            self.assertEqual(row["UnusedQuantity"], plain(unused_quantity), key)
            self.assertEqual(row["IdleDays"], str(sum(days[key[:2]].values())), key)
            hours = [of for (commitment, day), of in facts.hours.items() if commitment == key[0] and day[:7] == key[1]]
            if row["Kind"] != "Reservation":
                self.assertEqual(row["DetailsUsedHours"], "")
                continue
            self.assertTrue(hours)
            self.assertEqual(row["QuantityPercent"], percent(all_quantities[key[:2]][0],
                                                             add(*all_quantities[key[:2]])), key)
            detail_used = sum((of[0] for of in hours), NOTHING)
            reserved = sum((of[1] for of in hours), NOTHING)
            self.assertEqual(row["DetailsUsedHours"], plain(detail_used))
            self.assertEqual(row["DetailsReservedHours"], plain(reserved))
            self.assertEqual(row["DetailsPercent"], percent(detail_used, reserved))
            both = all_quantities[key[:2]]
            self.assertEqual(row["UsedDifference"], plain(both[0] - detail_used))
            self.assertEqual(row["ReservedDifference"], plain(both[0] + both[1] - reserved))

    def check_coverage(self, facts: Commitments) -> None:
        """Of the use of meters that commitments cover in a month, what they covered, by customer."""
        meters = {(use.month, use.meter) for use in facts.uses if use.used and use.meter}
        sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
        for of in facts.usage:
            if (of.month, of.meter) not in meters:
                continue
            place = sums[(of.customer, of.month, of.currency)]
            place[0] = add(place[0], of.quantity if of.commitment else NOTHING)
            place[1] = add(place[1], of.quantity)
            which = 2 if of.commitment else 3
            place[which] = add(place[which], of.cost)
        got = table(self.report("coverage", "Customer,Month"), ("CustomerId", "Month", "BillingCurrency"))
        names = ("CoveredQuantity", "Quantity", "CoveredCost", "UncoveredCost")
        self.assertEqual({key: [row[name] for name in names] for key, row in got.items()},
                         {key: list(map(plain, of)) for key, of in sums.items()})
        for key, of in sums.items():
            self.assertEqual(got[key]["CoveragePercent"], percent(of[0], of[1]))

    def check_savings(self, facts: Commitments) -> None:
        sums: dict[tuple[str, ...], dict[str, Any]] = defaultdict(
            lambda: {"used": NOTHING, "unused": NOTHING, "list": NOTHING, "listed": NOTHING, "rows": 0, "without": 0})
        for use in facts.uses:
            of = sums[(use.commitment, use.customer, use.month, use.currency)]
            if not use.used:
                of["unused"] = add(of["unused"], use.cost)
                continue
            of["used"] = add(of["used"], use.cost)
            of["rows"] += 1
            if use.list_cost is None:
                of["without"] += 1
            else:
                of["list"] = add(of["list"], use.list_cost)
                of["listed"] = add(of["listed"], use.cost)
        got = table(self.report("savings", "Commitment,Customer,Month"),
                    ("CommitmentId", "CustomerId", "Month", "BillingCurrency"))
        self.assertEqual(set(got), set(sums))
        for key, of in sums.items():
            row = got[key]
            known = of["rows"] == 0 or of["rows"] > of["without"]  # who used nothing saved nothing, as is known
            saving = of["list"] - of["listed"]
            wanted = {"UsedCost": plain(of["used"]), "UnusedCost": plain(of["unused"]), "Rows": str(of["rows"]),
                      "ListCost": plain(of["list"]) if known else "", "Saving": plain(saving) if known else "",
                      "SavingPercent": percent(saving, of["list"]) if known else "",
                      "NetSaving": plain(saving - of["unused"]) if known else "",
                      "EffectiveSavingsRatePercent": percent(saving - of["unused"], of["list"]) if known else ""}
            self.assertEqual({name: row[name] for name in wanted}, wanted, key)

    def check_amortisation(self, facts: Commitments) -> None:
        sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
        for cash in facts.cash:
            of = sums[(cash["commitment"], cash["month"])]
            place = 1 if cash["refund"] else 0
            of[place] = add(of[place], cash["pricing"])
        for use in facts.uses:
            of = sums[(use.commitment, use.month)]
            place = 2 if use.used else 3
            of[place] = add(of[place], use.pricing)
        got = table(self.world.run("commitments", "amortisation", "--format", "csv").rows(), ("CommitmentId", "Month"))
        self.assertEqual(set(got), set(sums))
        for key, of in sums.items():
            row = got[key]
            self.assertEqual([row[name] for name in ("Purchases", "Refunds", "Used", "Unused")], list(map(plain, of)))
            self.assertEqual(row["Currency"], "USD")
        for commitment in {cash["commitment"] for cash in facts.cash}:
            self.check_schedule(commitment, facts, got)

    def check_schedule(self, commitment: str, facts: Commitments, got: dict) -> None:
        """A payment at once: its days by hand, and what the sample amortizes."""
        cash = [of for of in facts.cash if of["commitment"] == commitment]
        if not cash[0]["one_time"] or cash[0]["refund"]:
            return
        days: dict[str, Decimal] = defaultdict(Decimal)
        start = datetime.date.fromisoformat(cash[0]["day"])
        length = 365 * cash[0]["term"] // 12
        for of in cash:
            first = datetime.date.fromisoformat(of["day"])
            left = length - (first - start).days
            for place, part in enumerate(cut(of["pricing"], [Fraction(1)] * left)):
                day = (first + datetime.timedelta(days=place)).isoformat()
                days[day] = add(days[day], part)
        self.assertEqual(sum(days.values()), sum(of["pricing"] for of in cash))
        for (key, month), row in got.items():
            if key == commitment and month >= cash[0]["month"]:
                scheduled = sum((cost for day, cost in days.items() if day.startswith(month)), NOTHING)
                self.assertEqual(row["Scheduled"], plain(scheduled))
                amortised = add(oracle.exact(row["Used"]), oracle.exact(row["Unused"]))
                self.assertEqual(row["Difference"], plain(amortised - scheduled))

    def check_recommendations(self, facts: Commitments) -> None:
        """Each row of the newest run, for each customer that used its meter at pay as you go in that month."""
        month = "2026-10"
        use: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for of in facts.usage:
            if of.month == month and not of.commitment:
                use[of.meter][of.customer] = add(use[of.meter][of.customer], of.quantity)
        wanted = []
        run = oracle.in_force(oracle.manifests(facts.sample / "exports/reservation-recommendations"))[month]
        for row in oracle.read_rows(run):
            meter = row["MeterID"].lower()
            saving = json.loads(row["Net Savings"], parse_float=Decimal, parse_int=Decimal)["value"]
            customers = {name: quantity for name, quantity in use[meter].items() if quantity > 0}
            whole = sum(customers.values(), NOTHING)
            shown = sorted((name, percent(quantity, whole)) for name, quantity in customers.items()) or [("", "")]
            wanted += [[meter, plain(saving), *of] for of in shown]
        rows = self.world.run("commitments", "recommendations", "--format", "csv").rows()
        got = [[row[name] for name in ("MeterId", "NetSavings", "CustomerId", "UsePercent")] for row in rows]
        self.assertTrue(got)
        self.assertEqual(sorted(got), sorted(wanted))

    def check_inventory(self, facts: Commitments) -> None:
        got = table(self.world.run("commitments", "list", "--format", "csv").rows(), ("CommitmentId",))
        known = {use.commitment for use in facts.uses} | {cash["commitment"] for cash in facts.cash}
        self.assertEqual({key[0] for key in got}, known | {key[0] for key in facts.hours})
        for cash in facts.cash:
            if cash["one_time"] and not cash["refund"]:
                row = got[(cash["commitment"],)]
                start = datetime.date.fromisoformat(cash["day"])
                months = start.month - 1 + cash["term"]
                year, month = start.year + months // 12, months % 12 + 1
                last = min(start.day, calendar.monthrange(year, month)[1])
                self.assertEqual(row["PurchaseDay"], cash["day"])
                self.assertEqual(row["ExpiryDay"], datetime.date(year, month, last).isoformat())
                self.assertEqual(row["BillingPlan"], "upfront")


POLICIES = """
- effective: 2026-09
  policies:
    - name: plans by key
      commitments: {kind: savings plan}
      unused: {key: {%(first)s: 60, %(second)s: 40}}
    - name: one by contract
      commitments: [%(one)s]
      unused: shares
      shares: {%(first)s: 50, %(second)s: 30, %(third)s: 20}
    - name: the others by use
      commitments: {kind: reservation}
      used: %(used)s
      unused: by_use
"""


class ReallocationTest(SampleTest):
    """Policies on samples: what they move, to the last unit."""

    test_use_and_savings = None

    def test_policies(self) -> None:
        for seed, used in ((3, "leave"), (17, "in_proportion"), (40, "buyer")):
            with self.subTest(seed=seed):
                self.world = harness.World()
                self.addCleanup(self.world.close)
                facts = self.take_in(seed, no_focus=True)
                self.check_policies(facts, seed, used)

    def check_policies(self, facts: Commitments, seed: int, used: str) -> None:
        draws = random.Random(seed)
        names = dict(zip(("first", "second", "third"), draws.sample(facts.customers.ids, 3)))
        unused_of = sorted({use.commitment for use in facts.uses if not use.used and use.kind == "Reservation"})
        one = draws.choice(unused_of)
        file = self.world.folder / "policies.yaml"
        file.write_text(POLICIES % {**names, "one": one, "used": used}, encoding="utf-8")
        before = self.world.costs("CustomerId,BillingCurrency,Month")
        self.world.run("commitments", "policy", "check", file)
        preview = self.world.run("commitments", "policy", "preview", file, "--month", "2026-09", "--json").json()
        self.world.run("commitments", "policy", "apply", file)
        after = self.world.costs("CustomerId,BillingCurrency,Month")

        moves: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [NOTHING, NOTHING])
        for month in ("2026-09", "2026-10"):
            self.expect_moves(facts, month, one, names, used, moves)
        self.assertTrue(any(any(of) for of in moves.values()))
        wanted: dict[tuple[str, ...], list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
        keys = ("CustomerId", "BillingCurrency", "Month")
        for row in before:
            wanted[tuple(row[key] for key in keys)] = [oracle.exact(row[name]) for name in oracle.COSTS]
        for key, of in moves.items():
            costs = wanted[key]
            wanted[key] = [add(costs[0], of[0]), add(costs[1], of[1]), costs[2], costs[3]]
        lines = [{**dict(zip(keys, key)), **{name: plain(cost) for name, cost in zip(oracle.COSTS, costs)}}
                 for key, costs in wanted.items()]
        self.assert_same_costs(after, lines)
        self.assertTrue(self.world.prove()["holds"])
        for row in preview["rows"]:
            moved = moves[(row["CustomerId"], row["BillingCurrency"], "2026-09")]
            self.assertEqual([row["BilledMovedNew"], row["EffectiveMovedNew"]], [plain(moved[0]), plain(moved[1])])
        self.check_explained(facts)
        self.check_taken_back(before)

    def check_explained(self, facts: Commitments) -> None:
        """A moved charge tells its moves and their policy."""
        rows = self.world.run("report", "costs", "--by", "x_RowId,BillingCurrency", "--month", "2026-09", "--where",
                              "CommitmentDiscountStatus=Unused", "--where", "CommitmentDiscountType=Savings Plan",
                              "--format", "csv").rows()
        if not rows:
            return
        told = self.world.run("explain", rows[0]["x_RowId"], "--json").json()
        moved = [part for part in told["assignments"] if part["move"]]
        self.assertTrue(moved)
        self.assertEqual({part["rule_name"] for part in moved}, {"commitment policy plans by key"})
        self.assertEqual(sum(oracle.exact(part["EffectiveCost"]) for part in moved), 0)

    def check_taken_back(self, before: list[dict[str, str]]) -> None:
        """An empty file moves nothing, and everything is as it was."""
        file = self.world.folder / "none.yaml"
        file.write_text("[]\n", encoding="utf-8")
        self.world.run("commitments", "policy", "apply", file)
        self.assert_same_costs(self.world.costs("CustomerId,BillingCurrency,Month"), before)
        history = self.world.run("commitments", "policy", "history", "--json").json()
        self.assertEqual([version["version"] for version in history["versions"]], [2, 1])

    def expect_moves(self, facts: Commitments, month: str, one: str, names: dict[str, str], used: str,
                     moves: dict[tuple[str, str, str], list[Decimal]]) -> None:
        def move(customer: str, currency: str, billed: Decimal, effective: Decimal) -> None:
            of = moves[(customer, currency, month)]
            of[0], of[1] = add(of[0], billed), add(of[1], effective)

        uses = [use for use in facts.uses if use.month == month]
        for commitment in sorted({use.commitment for use in uses}):
            own = [use for use in uses if use.commitment == commitment]
            payers = {cash["customer"] for cash in facts.cash
                      if cash["commitment"] == commitment and cash["month"] == month and not cash["refund"]}
            holders = payers or {use.customer for use in own if not use.used}
            buyer = next(iter(holders)) if len(holders) == 1 else None
            is_plan = own[0].kind == "Savings Plan"
            policy = "key" if is_plan else "shares" if commitment == one else "use"
            if policy == "use" and buyer is not None:
                for use in own:
                    if not use.used or use.customer == buyer:
                        continue
                    if used == "in_proportion":
                        move(use.customer, use.currency, use.cost, NOTHING)
                        move(buyer, use.currency, -use.cost, NOTHING)
                    elif used == "buyer":
                        move(use.customer, use.currency, NOTHING, -use.cost)
                        move(buyer, use.currency, NOTHING, use.cost)
            by_use: dict[str, Fraction] = defaultdict(Fraction)
            for use in own:
                if use.used:
                    by_use[use.customer] += fraction(use.pricing)
            for use in own:
                if use.used:
                    continue
                if policy == "key":
                    to = [(names["first"], Fraction(60)), (names["second"], Fraction(40))]
                elif policy == "use":
                    to = sorted((name, weight) for name, weight in by_use.items() if weight > 0)
                else:
                    to = self.shortfalls(own, use.day, names)
                if not to:
                    continue
                follows = policy == "use" and used == "in_proportion" and buyer is not None
                parts = cut(use.cost, [weight for _, weight in to])
                move(use.customer, use.currency, NOTHING, -use.cost)
                if follows:
                    move(buyer, use.currency, -use.cost, NOTHING)
                for (name, _), part in zip(to, parts):
                    move(name, use.currency, part if follows else NOTHING, part)

    @staticmethod
    def shortfalls(own: list[Use], day: str, names: dict[str, str]) -> list[tuple[str, Fraction]]:
        """Who used less on the day than its share of the commitment, and how much less."""
        shares = [(names["first"], 50), (names["second"], 30), (names["third"], 20)]
        whole = sum((fraction(use.pricing) for use in own if use.day == day), Fraction())
        missing = []
        for name, share in shares:
            use_of_day = sum((fraction(use.pricing) for use in own
                              if use.day == day and use.used and use.customer == name), Fraction())
            missing.append((name, whole * share - 100 * use_of_day))
        above = [(name, weight) for name, weight in missing if weight > 0]
        return above or [(name, Fraction(share)) for name, share in shares]


TENANTS = {"contoso": "8d1f0f6e-0000-4000-8000-000000000001", "fabrikam": "8d1f0f6e-0000-4000-8000-000000000002",
           "platform": "8d1f0f6e-0000-4000-8000-000000000003"}
FIRST = "11111111-0000-4000-8000-000000000001"
SECOND = "11111111-0000-4000-8000-000000000002"
PLAN = "11111111-0000-4000-8000-000000000003"
COLUMNS = ("invoiceId", "customerTenantId", "customerName", "date", "chargeType", "pricingModel", "billingCurrency",
           "pricingCurrency", "exchangeRatePricingToBilling", "costInBillingCurrency", "costInPricingCurrency",
           "quantity", "unitOfMeasure", "frequency", "term", "benefitId", "benefitName", "reservationId",
           "paygCostInBillingCurrency", "productOrderId", "SubscriptionId")


def benefit(commitment: str, order: str) -> str:
    if commitment == PLAN:
        return f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{order}/savingsPlans/{commitment}"
    return f"/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{commitment}"


class ExchangeTest(WorldTest):
    """A shared reservation that is renamed and exchanged for a longer one within a month, and a cancelled plan."""

    def row(self, who: str, day: str, kind: str, commitment: str, name: str, cost: str, **more: str) -> dict[str, str]:
        model = "SavingsPlan" if commitment == PLAN else "Reservation"
        order = commitment.replace("1111-0000-4000", "2222-0000-4000")
        return {"invoiceId": "G1", "customerTenantId": TENANTS[who], "customerName": who, "date": day,
                "chargeType": kind, "pricingModel": model, "billingCurrency": "EUR", "pricingCurrency": "EUR",
                "costInBillingCurrency": cost, "costInPricingCurrency": cost, "quantity": "24",
                "unitOfMeasure": "1 Hour", "frequency": "UsageBased", "benefitId": benefit(commitment, order),
                "benefitName": name, "productOrderId": order,
                "reservationId": "" if commitment == PLAN else commitment, **more}

    def rows_of_day(self, day: datetime.date) -> list[dict[str, str]]:
        date = day.strftime("%m/%d/%Y")
        first = day < datetime.date(2026, 9, 16)
        commitment, cost = (FIRST, 24) if first else (SECOND, 48)
        name = "old name" if day < datetime.date(2026, 8, 20) else "pool" if first else "new pool"
        rows = [self.row("contoso", date, "Usage", commitment, name, str(cost * Decimal("0.6")), quantity="14.4",
                         paygCostInBillingCurrency=str(cost)),
                self.row("fabrikam", date, "Usage", commitment, name, str(cost * Decimal("0.3")), quantity="7.2",
                         paygCostInBillingCurrency=str(cost / 10)),
                self.row("platform", date, "UnusedReservation", commitment, name, str(cost * Decimal("0.1")),
                         quantity="2.4")]
        if day < datetime.date(2026, 9, 11):  # the plan is cancelled on the 11th
            rows.append(self.row("platform", date, "UnusedSavingsPlan", PLAN, "plan", "12"))
        return rows

    def cash_of(self, month: str) -> list[dict[str, str]]:
        once = {"frequency": "OneTime", "quantity": "1"}
        if month == "2026-08":
            return [self.row("platform", "08/01/2026", "Purchase", FIRST, "old name", "8760", term="12", **once),
                    self.row("platform", "08/01/2026", "Purchase", PLAN, "plan", "4380", term="12", **once)]
        given_back = 8760 - 46 * 24
        plan_back = 4380 - 41 * 12
        return [self.row("platform", "09/16/2026", "Refund", FIRST, "pool", f"-{given_back}", term="12", **once),
                self.row("platform", "09/16/2026", "Purchase", SECOND, "new pool", "52560", term="36", **once),
                self.row("platform", "09/11/2026", "Refund", PLAN, "plan", f"-{plan_back}", term="12", **once)]

    def write(self, dataset: str, month: str, rows: list[dict[str, str]]) -> None:
        folder = self.world.folder / "exports" / dataset / month
        folder.mkdir(parents=True)
        with (folder / "part.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.world.run("import", folder, "--connection", "acme", "--unverified", "--dataset", dataset, "--month", month)

    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        self.world.run("connection", "add", "--name", "acme", "--actual", self.world.folder / "none", "--amortized",
                       self.world.folder / "none")
        for customer, tenant in TENANTS.items():
            self.world.run("customer", "add", customer, "--name", customer, "--tenant", tenant)
        for month, days in (("2026-08", 31), ("2026-09", 30)):
            start = datetime.date.fromisoformat(month + "-01")
            used = [row for day in range(days) for row in self.rows_of_day(start + datetime.timedelta(days=day))]
            covered = [{**row, "costInBillingCurrency": "0", "costInPricingCurrency": "0"} for row in used
                       if row["chargeType"] == "Usage"]
            self.write("actual", month, covered + self.cash_of(month))
            self.write("amortized", month, used)

    def test_inventory(self) -> None:
        got = table(self.world.run("commitments", "list", "--format", "csv").rows(), ("CommitmentId",))
        self.assertEqual({key[0] for key in got}, {FIRST, SECOND, PLAN})
        first, second, plan = got[(FIRST,)], got[(SECOND,)], got[(PLAN,)]
        names = ("Name", "FormerNames", "State", "ExchangedFor", "Buyer", "ExpiryDay")
        self.assertEqual([first[name] for name in names],
                         ["pool", "old name", "returned", SECOND, "platform", "2027-08-01"])
        self.assertEqual([second[name] for name in ("Name", "State", "PurchaseDay", "ExpiryDay", "TermMonths")],
                         ["new pool", "active", "2026-09-16", "2029-09-16", "36"])
        self.assertEqual([plan[name] for name in ("Kind", "State", "HourlyCommitment", "ExchangedFor")],
                         ["Savings Plan", "returned", "0.5", ""])

    def test_amortisation_meets_the_payments(self) -> None:
        got = table(self.world.run("commitments", "amortisation", "--format", "csv").rows(), ("CommitmentId", "Month"))
        names = ("Purchases", "Refunds", "Amortised", "Scheduled", "Difference", "Unamortised")
        self.assertEqual({key: [row[name] for name in names] for key, row in got.items()}, {
            (FIRST, "2026-08"): ["8760", "0", "744", "744", "0", "8016"],
            (FIRST, "2026-09"): ["0", "-7656", "360", "360", "0", "0"],
            (SECOND, "2026-09"): ["52560", "0", "720", "720", "0", "51840"],
            (PLAN, "2026-08"): ["4380", "0", "372", "372", "0", "4008"],
            (PLAN, "2026-09"): ["0", "-3888", "120", "120", "0", "0"]})

    def test_savings_may_be_negative(self) -> None:
        got = table(self.world.run("commitments", "savings", "--by", "Customer,Month", "--format", "csv").rows(),
                    ("CustomerId", "Month"))
        self.assertEqual(got[("contoso", "2026-08")]["Saving"], plain(31 * (24 - Decimal("14.4"))))
        loss = got[("fabrikam", "2026-08")]
        self.assertEqual(loss["Saving"], plain(31 * (Decimal("2.4") - Decimal("7.2"))))
        self.assertEqual(loss["SavingPercent"], "-200")
        self.assertIn("the list price is below", loss["Note"])
        self.assertEqual(got[("platform", "2026-08")]["Note"], "nothing was used")

    def test_billed_cost_follows_use(self) -> None:
        file = self.world.folder / "policies.yaml"
        file.write_text("- effective: 2026-01\n  policies:\n    - name: pool\n      commitments: {kind: reservation}\n"
                        "      used: in_proportion\n      unused: by_use\n", encoding="utf-8")
        self.world.run("commitments", "policy", "apply", file)
        self.assertTrue(self.world.prove()["holds"])
        got = table(self.world.costs("CustomerId,Month"), ("CustomerId", "Month"))
        # Two thirds and one third of all that the reservations cost in the month, the unused part too.
        for month, cost in (("2026-08", 744), ("2026-09", 1080)):
            for customer, share in (("contoso", Fraction(2, 3)), ("fabrikam", Fraction(1, 3))):
                for metric in ("BilledCost", "EffectiveCost"):
                    self.assertEqual(fraction(oracle.exact(got[(customer, month)][metric])), cost * share)
        bought = {"2026-08": 8760 + 4380, "2026-09": 52560 - 7656 - 3888}
        for month, cost in (("2026-08", 744), ("2026-09", 1080)):
            self.assertEqual(got[("platform", month)]["BilledCost"], plain(Decimal(bought[month] - cost)))

    def test_warnings(self) -> None:
        rows = self.world.run("commitments", "warnings", "--days", "4000", "--below", "95", "--format", "csv").rows()
        kinds = sorted((row["Warning"], row["CommitmentId"], row["CustomerId"]) for row in rows)
        self.assertIn(("expiring", SECOND, "platform"), kinds)
        self.assertNotIn(("expiring", FIRST, "platform"), kinds)
        self.assertIn(("low-utilisation", SECOND, ""), kinds)
        self.assertIn(("unused-cost", "", "platform"), kinds)
        self.assertTrue(all("margin is unknown" in row["About"] for row in rows if row["Warning"] == "expiring"))

    def test_one_commitment(self) -> None:
        told = self.world.run("commitments", "show", "old name", "--json").json()
        self.assertEqual(told["id"], FIRST)
        self.assertEqual(told["fields"]["ExchangedFor"], {"value": SECOND, "source": "charges"})
        self.assertEqual([payment["BilledCost"] for payment in told["payments"]], ["8760", "-7656"])
        self.assertIn("52560", self.world.run("commitments", "show", SECOND).out)
        self.assert_tells(self.world.run("commitments", "show", "nothing", code=harness.USAGE), "no such commitment")


RECOMMENDATION_COLUMNS = ("Cost With No ReservedInstances", "First UsageDate", "Instance Flexibility Ratio",
                          "Location", "LookBackPeriod", "MeterID", "Net Savings", "Recommended Quantity",
                          "ResourceType", "scope", "SkuName", "Term", "Total Cost With ReservedInstances")


class RecommendationsTest(WorldTest):
    """Recommendations with blanks in their headers and money as JSON, beside the customers whose use they are for."""

    def write(self, dataset: str, name: str, columns: tuple[str, ...], rows: list[dict[str, str]],
              code: int = harness.DONE) -> None:
        folder = self.world.folder / name
        folder.mkdir()
        with (folder / "part.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.world.run("import", folder, "--connection", "acme", "--unverified", "--dataset", dataset, "--month",
                       "2026-10", code=code)

    def test_shown_by_customer(self) -> None:
        self.world.run("init")
        self.world.run("connection", "add", "--name", "acme", "--actual", self.world.folder / "none")
        for customer in ("contoso", "fabrikam"):
            self.world.run("customer", "add", customer, "--name", customer, "--tenant", TENANTS[customer])
        columns = ("customerTenantId", "invoiceId", "date", "chargeType", "pricingModel", "billingCurrency", "quantity",
                   "costInBillingCurrency", "meterId")
        used = {"invoiceId": "G1", "date": "10/05/2026", "chargeType": "Usage", "pricingModel": "OnDemand",
                "billingCurrency": "EUR", "costInBillingCurrency": "1", "meterId": "M-1"}
        self.write("amortized", "charges", columns, [
            {**used, "customerTenantId": TENANTS["contoso"], "quantity": "30"},
            {**used, "customerTenantId": TENANTS["fabrikam"], "quantity": "10"},
            {**used, "customerTenantId": TENANTS["fabrikam"], "quantity": "99", "meterId": "other"}])

        def money(value: str) -> str:
            return '{"currency":"EUR","value":' + value + "}"

        row = {"Cost With No ReservedInstances": money("100.000000000000000001"), "First UsageDate": "2026-09-01",
               "Location": "westeurope", "LookBackPeriod": "Last30Days", "MeterID": "m-1", "Net Savings": money("40"),
               "Recommended Quantity": "2", "ResourceType": "virtualMachines", "scope": "Shared",
               "SkuName": "Standard_D2s_v5", "Term": "P1Y", "Total Cost With ReservedInstances": money("60")}
        self.write("reservation-recommendations", "recommendations", RECOMMENDATION_COLUMNS,
                   [row, {**row, "Net Savings": "a lot"}], code=harness.BAD_INPUT)
        rows = self.world.run("commitments", "recommendations", "--format", "csv").rows()
        names = ("CustomerId", "UsePercent", "CostWithoutReservation", "NetSavings", "Currency", "SkuName")
        self.assertEqual([[row[name] for name in names] for row in rows], [
            ["contoso", "75", "100.000000000000000001", "40", "EUR", "Standard_D2s_v5"],
            ["fabrikam", "25", "100.000000000000000001", "40", "EUR", "Standard_D2s_v5"]])


# The worked examples of the FOCUS specification on commitment discounts, as facts: what each row costs, lists, uses.
FOCUS_COLUMNS = ("BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd",
                 "ChargeCategory", "ChargeFrequency", "PricingCategory", "ResourceId", "PricingQuantity", "ListCost",
                 "BilledCost", "EffectiveCost", "CommitmentDiscountId", "CommitmentDiscountCategory",
                 "CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountUnit")


def focus_row(example: str, category: str, billed: str, effective: str, status: str = "", quantity: str = "",
              list_cost: str = "", pricing_quantity: str = "", frequency: str = "Usage-Based",
              committed: bool = True) -> dict[str, str]:
    return {"BillingCurrency": "USD", "BillingPeriodStart": "2023-01-01T00:00:00Z",
            "BillingPeriodEnd": "2023-02-01T00:00:00Z", "ChargePeriodStart": "2023-01-01T00:00:00Z",
            "ChargePeriodEnd": "2023-01-01T01:00:00Z", "ChargeCategory": category, "ChargeFrequency": frequency,
            "PricingCategory": "Committed" if status else "Standard", "ResourceId": f"resource-{example}",
            "PricingQuantity": pricing_quantity, "ListCost": list_cost,
            "BilledCost": billed, "EffectiveCost": effective,
            "CommitmentDiscountId": f"commitment-{example}" if committed else "",
            "CommitmentDiscountCategory": "Usage" if committed else "", "CommitmentDiscountQuantity": quantity,
            "CommitmentDiscountStatus": status, "CommitmentDiscountUnit": "Hour" if quantity else ""}


FOCUS_EXAMPLES = [
    # flexibility, one resource: a large machine, of which the commitment covers a part
    focus_row("flex-1", "Purchase", "0.50", "0.00", "", "1.00", "1.00", "1.00", "Recurring"),
    focus_row("flex-1", "Usage", "0.00", "0.50", "Used", "1.00", "3.00", "0.333"),
    focus_row("flex-1", "Usage", "2.25", "2.25", "", "", "2.25", "0.75", committed=False),
    # flexibility, two resources
    focus_row("flex-2", "Purchase", "2.00", "0.00", "", "4.00", "4.00", "1.00", "Recurring"),
    focus_row("flex-2", "Usage", "0.00", "1.00", "Used", "2.00", "2.00", "1.00"),
    focus_row("flex-2", "Usage", "0.00", "1.00", "Used", "2.00", "2.00", "1.00"),
    # no flexibility, all used
    focus_row("full", "Purchase", "1.50", "0.00", "", "1.00", "3.00", "1.00", "Recurring"),
    focus_row("full", "Usage", "0.00", "1.50", "Used", "1.00", "3.00", "1.00"),
    # no flexibility, nothing used
    focus_row("none", "Purchase", "1.50", "0.00", "", "1.00", "3.00", "1.00", "Recurring"),
    focus_row("none", "Usage", "0.00", "1.50", "Unused", "1.00", "3.00", "1.00"),
    focus_row("none", "Usage", "2.00", "2.00", "", "", "2.00", "1.00", committed=False),
    # usage scenarios: all, nothing, three quarters, all and more
    focus_row("usage-1", "Usage", "0.00", "1.00", "Used", "1.00"),
    focus_row("usage-2", "Usage", "0.00", "1.00", "Unused", "1.00"),
    focus_row("usage-3", "Usage", "0.00", "0.75", "Used", "0.75"),
    focus_row("usage-3", "Usage", "0.00", "0.25", "Unused", "0.25"),
    focus_row("usage-4", "Usage", "0.00", "1.00", "Used", "1.00"),
    focus_row("usage-4", "Usage", "0.50", "0.50", committed=False),
    # purchases: all upfront, nothing upfront, half upfront
    focus_row("buy-1", "Purchase", "8760.00", "0.00", "", "8760.00", frequency="One-Time"),
    *[focus_row("buy-2", "Purchase", "1.00", "0.00", "", "1.00", frequency="Recurring") for _ in range(3)],
    focus_row("buy-3", "Purchase", "4380.00", "0.00", "", "4380.00", frequency="One-Time"),
    *[focus_row("buy-3", "Purchase", "0.50", "0.00", "", "0.50", frequency="Recurring") for _ in range(3)],
]


class FocusExamplesTest(WorldTest):
    """The worked examples come out as they are printed."""

    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        self.world.run("connection", "add", "--name", "focus", "--focus", self.world.folder / "none")
        folder = self.world.folder / "run"
        folder.mkdir()
        with (folder / "part.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FOCUS_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(FOCUS_EXAMPLES)
        self.world.run("import", folder, "--connection", "focus", "--unverified", "--dataset", "focus", "--month",
                       "2023-01")

    def test_costs_are_those_of_the_rows(self) -> None:
        wanted: dict[str, list[Decimal]] = defaultdict(lambda: [NOTHING, NOTHING])
        for row in FOCUS_EXAMPLES:
            of = wanted[row["CommitmentDiscountId"]]
            of[0], of[1] = add(of[0], Decimal(row["BilledCost"])), add(of[1], Decimal(row["EffectiveCost"]))
        got = {row["CommitmentDiscountId"]: [row["BilledCost"], row["EffectiveCost"]]
               for row in self.world.costs("CommitmentDiscountId")}
        self.assertEqual(got, {key: list(map(plain, of)) for key, of in wanted.items()})

    def test_utilisation(self) -> None:
        got = table(self.world.run("commitments", "utilisation", "--by", "Commitment", "--format", "csv").rows(),
                    ("CommitmentId",))
        names = ("UsedCost", "UnusedCost", "UtilisationPercent", "UsedQuantity", "UnusedQuantity")
        self.assertEqual({key[0]: [row[name] for name in names] for key, row in got.items()}, {
            "commitment-flex-1": ["0.5", "0", "100", "1", "0"],
            "commitment-flex-2": ["2", "0", "100", "4", "0"],
            "commitment-full": ["1.5", "0", "100", "1", "0"],
            "commitment-none": ["0", "1.5", "0", "0", "1"],
            "commitment-usage-1": ["1", "0", "100", "1", "0"],
            "commitment-usage-2": ["0", "1", "0", "0", "1"],
            "commitment-usage-3": ["0.75", "0.25", "75", "0.75", "0.25"],
            "commitment-usage-4": ["1", "0", "100", "1", "0"]})

    def test_savings(self) -> None:
        got = table(self.world.run("commitments", "savings", "--by", "Commitment", "--format", "csv").rows(),
                    ("CommitmentId",))
        names = ("ListCost", "Saving", "NetSaving")
        self.assertEqual([got[("commitment-flex-1",)][name] for name in names], ["3", "2.5", "2.5"])
        self.assertEqual([got[("commitment-flex-2",)][name] for name in names], ["4", "2", "2"])
        self.assertEqual([got[("commitment-full",)][name] for name in names], ["3", "1.5", "1.5"])
        self.assertEqual([got[("commitment-none",)][name] for name in names], ["0", "0", "-1.5"])  # nothing was used
        self.assertEqual([got[("commitment-usage-1",)][name] for name in names], ["", "", ""])

    def test_purchases(self) -> None:
        rows = self.world.run("commitments", "amortisation", "--format", "csv").rows()
        bought = {row["CommitmentId"]: [row["Purchases"], row["Amortised"]] for row in rows}
        self.assertEqual(bought["commitment-buy-1"], ["8760", "0"])
        self.assertEqual(bought["commitment-buy-2"], ["3", "0"])
        self.assertEqual(bought["commitment-buy-3"], ["4381.5", "0"])
        self.assertEqual(bought["commitment-flex-2"], ["2", "2"])


if __name__ == "__main__":
    harness.main()
    unittest.main()
