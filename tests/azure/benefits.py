"""Reservations and savings plans: lists, utilisation by day, and the report of it. They are those of the sample."""
import datetime
import re
from typing import Any

from arm import Arm, Call, find_scope, paged, require
from web import Answer, Problem
from world import BillingAccount, Commitment, World, precise_time_text

_FILTER = re.compile(r"properties/usagedate\s+(ge|le|eq|gt|lt)\s+'?(\d{4}-\d\d-\d\d)[^\s']*'?", re.I)
DAYS_MAX = 400


def reservation_items(world: World, account: BillingAccount) -> list[dict[str, Any]]:
    """For Billing's own list of the reservations of an account."""
    return [_reservation(world, account, one) for one in world.commitments if one.kind == "Reservation"]


def _aggregates(one: Commitment) -> dict[str, Any]:
    return {"trend": "SAME", "aggregates": [
        {"grain": days, "grainUnit": "days", "value": one.utilisation, "valueUnit": "percentage"}
        for days in (1, 7, 30)]}


def _dates(world: World, one: Commitment) -> tuple[datetime.datetime, datetime.datetime]:
    begin = world.clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=200)
    return begin, begin.replace(year=begin.year + int(one.term[1]))


def _reservation(world: World, account: BillingAccount, one: Commitment) -> dict[str, Any]:
    begin, end = _dates(world, one)
    return {
        "id": f"/providers/Microsoft.Capacity/reservationOrders/{one.order}/reservations/{one.id}",
        "name": f"{one.order}/{one.id}", "type": "Microsoft.Capacity/reservationOrders/reservations",
        "location": "westeurope", "sku": {"name": one.sku},
        "properties": {
            "displayName": one.name, "term": one.term, "quantity": one.quantity, "provisioningState": "Succeeded",
            "displayProvisioningState": "Succeeded", "expiryDate": f"{end.date()}",
            "effectiveDateTime": precise_time_text(begin), "reservedResourceType": "VirtualMachines",
            "appliedScopeType": "Shared", "userFriendlyAppliedScopeType": "Shared", "renew": False,
            "renewSource": "", "skuDescription": one.name, "instanceFlexibility": "On",
            "billingPlan": "Monthly", "productCode": one.sku, "archived": False,
            "utilization": _aggregates(one)}}


def _savings_plan(world: World, one: Commitment) -> dict[str, Any]:
    begin, end = _dates(world, one)
    account = world.accounts[0]
    return {
        "id": f"/providers/microsoft.billingbenefits/savingsPlanOrders/{one.order}/savingsPlans/{one.id}",
        "name": f"{one.order}/{one.id}", "type": "Microsoft.BillingBenefits/savingsPlanOrders/savingsPlans",
        "sku": {"name": "Compute_Savings_Plan"},
        "properties": {
            "billingScopeId": account.scope, "billingAccountId": account.scope,
            "billingProfileId": f"{account.scope}/billingProfiles/{account.profiles[0].name}",
            "commitment": {"grain": "Hourly", "currencyCode": account.profiles[0].currency, "amount": one.quantity},
            "renew": False, "appliedScopeType": "Shared", "userFriendlyAppliedScopeType": "Shared",
            "displayName": one.name, "provisioningState": "Succeeded", "displayProvisioningState": "Succeeded",
            "term": one.term, "expiryDateTime": precise_time_text(end), "purchaseDateTime": precise_time_text(begin),
            "effectiveDateTime": precise_time_text(begin), "utilization": _aggregates(one)}}


def utilisation(world: World, scope_path: str, first: datetime.date, last: datetime.date, monthly: bool,
                kind: str = "") -> list[dict[str, Any]]:
    days = [first + datetime.timedelta(days=count) for count in range(min(DAYS_MAX, (last - first).days + 1))]
    if monthly:
        days = sorted({day.replace(day=1) for day in days})
    return [_summary(scope_path, one, day) for day in days for one in world.commitments if kind in ("", one.kind)]


def _summary(scope_path: str, one: Commitment, day: datetime.date) -> dict[str, Any]:
    name = f"{one.order}_{one.id}_{day:%Y%m%d}"
    average = one.utilisation - (day.day * 7 + len(one.name)) % 9
    properties = {"armSkuName": one.sku, "avgUtilizationPercentage": average, "benefitId": one.benefit_id,
                  "benefitOrderId": one.benefit_id.rpartition("/")[0].rpartition("/")[0], "benefitType": one.kind,
                  "maxUtilizationPercentage": min(100, average + 10), "minUtilizationPercentage": average - 10,
                  "usageDate": f"{day}T00:00:00Z"}
    return {"name": name, "type": "Microsoft.CostManagement/benefitUtilizationSummaries",
            "id": f"{scope_path}/providers/Microsoft.CostManagement/benefitUtilizationSummaries/{name}",
            "kind": one.kind, "properties": properties}


class Benefits:
    def __init__(self, world: World):
        self._world = world
        self.arm: Arm | None = None

    def __call__(self, call: Call) -> Answer:
        """Microsoft.BillingBenefits: savings plans of whoever may read billing."""
        tail = tuple(part.lower() for part in call.tail)
        if call.request.method != "GET" or tail not in (("savingsplans",), ("savingsplanorders",)):
            raise Problem(404, "InvalidResourceType", f"The resource type '{'/'.join(call.tail)}' is not known.")
        items: list[dict[str, Any]] = []
        if self._world.may(call.caller.client_id, "billing/read", self._world.accounts[0].scope):
            items = [_savings_plan(self._world, one) for one in self._world.commitments if one.kind == "SavingsPlan"]
        counts = {f"{name}Count": 0 for name in ("noBenefit", "warning", "failed", "expiring", "expired", "pending",
                                                 "cancelled", "processing")}
        summary = [{"name": "summary", "value": {**counts, "succeededCount": len(items)}}]
        return paged(self._world, call, self.arm.base if self.arm else "", items,
                     lambda page: {"value": page, "additionalProperties": summary})

    def summaries(self, call: Call) -> Answer:
        """benefitUtilizationSummaries at a billing account or profile."""
        scope = find_scope(self._world, call.scope_path)
        if scope.kind not in ("account", "profile"):
            raise Problem(400, "BadRequest", f"The scope '{scope.path}' is not supported for benefit utilization.")
        require(self._world, call, "cost/read", scope)
        query = call.request.query
        grain = query.get("grainparameter", query.get("grain", "Daily"))
        if grain not in ("Hourly", "Daily", "Monthly"):
            raise Problem(400, "BadRequest", f"The grain '{grain}' is not valid.")
        text = query.get("$filter", query.get("filter", ""))
        bounds = {word.lower(): datetime.date.fromisoformat(day) for word, day in _FILTER.findall(text)}
        today = self._world.clock.now().date()
        first = bounds.get("ge") or bounds.get("eq") or today.replace(day=1)
        last = bounds.get("le") or bounds.get("eq") or today
        if first > last:
            raise Problem(400, "BadRequest", "The filter on properties/usageDate covers no day.")
        items = utilisation(self._world, scope.path, first, min(last, today), grain == "Monthly")
        return paged(self._world, call, self.arm.base if self.arm else "", items)
