"""Reports that are made on request: cost details, and the utilisation of benefits. Asked for, waited for, fetched."""
import csv
import datetime
import io
import json
import threading
import uuid
from dataclasses import dataclass
from typing import Any

import sas
from arm import Arm, Call, Scope, find_scope, require
from benefits import utilisation
from export_rules import last_day
from invoices import Invoices
from sample_data import Part, SampleData, SampleProblem, Wanted
from storage import Storage
from web import Answer, Problem, json_answer
from world import UTC, World, parse_time, precise_time_text

REPORT_ACCOUNT = "costreports"
REPORT_CONTAINER = "armreports"
MONTHS_BACK_MAX = 13
LINK_HOURS = 12


@dataclass
class Operation:
    id: str
    scope: Scope
    body: dict[str, Any]
    first: datetime.date
    last: datetime.date
    is_benefits: bool
    polls_left: int


class Reports:
    def __init__(self, world: World, data: SampleData, storage: Storage, invoices: Invoices):
        self._world = world
        self._invoices = invoices
        self._data = data
        self._storage = storage
        self.arm: Arm | None = None
        self._lock = threading.Lock()
        self._operations: dict[str, Operation] = {}

    def create_cost_details(self, call: Call) -> Answer:
        scope = self._scope(call)
        body = call.request.json()
        if not isinstance(body, dict) or set(body) - {"metric", "timePeriod", "invoiceId", "billingPeriod"}:
            raise _bad("the body has metric, and one of timePeriod, invoiceId and billingPeriod.")
        if body.get("metric", "ActualCost") not in ("ActualCost", "AmortizedCost"):
            raise _bad(f"the metric '{body['metric']}' is not ActualCost or AmortizedCost.")
        if sum(name in body for name in ("timePeriod", "invoiceId", "billingPeriod")) > 1:
            raise _bad("only one of timePeriod, invoiceId and billingPeriod may be given.")
        if "billingPeriod" in body:
            raise _bad("billingPeriod is for enterprise agreements only.")
        first, last = self._invoice_period(scope, body) if "invoiceId" in body else self._period(body)
        return self._accept(call, scope, body, first, last, is_benefits=False)

    def create_benefits(self, call: Call) -> Answer:
        scope = self._scope(call)
        body = call.request.json()
        if not isinstance(body, dict) or scope.kind not in ("account", "profile"):
            raise _bad("a body is required, at a billing account or billing profile.")
        if body.get("grain") not in ("Daily", "Monthly", "Hourly"):
            raise _bad(f"the grain '{body.get('grain')}' is not valid.")
        if body.get("kind") not in ("Reservation", "SavingsPlan"):
            raise _bad("kind is required at billing scopes: Reservation or SavingsPlan.")
        first, last = _day(body.get("startDate"), "startDate"), _day(body.get("endDate"), "endDate")
        if last < first:
            raise _bad("endDate is before startDate.")
        return self._accept(call, scope, body, first, last, is_benefits=True)

    def _scope(self, call: Call) -> Scope:
        scope = find_scope(self._world, call.scope_path)
        require(self._world, call, "cost/read", scope)
        return scope

    def _period(self, body: dict[str, Any]) -> tuple[datetime.date, datetime.date]:
        today = self._world.clock.now().date()
        if "timePeriod" not in body:
            return today.replace(day=1), today
        period = body["timePeriod"] if isinstance(body["timePeriod"], dict) else {}
        first, last = _day(period.get("start"), "timePeriod.start"), _day(period.get("end"), "timePeriod.end")
        if last < first:
            raise _bad("timePeriod.end is before timePeriod.start.")
        if (first.year, first.month) != (last.year, last.month):
            raise _bad("the time period must not be longer than one month.")
        if (today.year - first.year) * 12 + today.month - first.month > MONTHS_BACK_MAX:
            raise _bad("the time period must not begin more than 13 months ago.")
        return first, last

    def _invoice_period(self, scope: Scope, body: dict[str, Any]) -> tuple[datetime.date, datetime.date]:
        if scope.kind not in ("profile", "customer"):
            raise _bad("invoiceId is supported at a billing profile or a customer only.")
        found = self._invoices.find(scope.account, str(body["invoiceId"])) if scope.account else None
        if not found:
            raise _bad(f"the invoice '{body['invoiceId']}' was not found.")
        return found.month, last_day(found.month)

    def _accept(self, call: Call, scope: Scope, body: dict[str, Any], first: datetime.date, last: datetime.date,
                is_benefits: bool) -> Answer:
        operation = Operation(str(uuid.uuid4()), scope, body, first, last, is_benefits, self._world.report_polls)
        with self._lock:
            self._operations[operation.id] = operation
        return self._wait(call, operation)

    def _wait(self, call: Call, operation: Operation) -> Answer:
        return Answer(202, headers={
            "Location": f"{self.arm.base if self.arm else ''}{_path(operation)}?api-version={call.version}",
            "Retry-After": str(self._world.retry_after)})

    def result(self, call: Call) -> Answer:
        """What became of a report: 202 while it runs, then the report, or 204 when there is no data."""
        with self._lock:
            operation = self._operations.get(call.tail[-1])
            if not operation or _path(operation).lower() != call.request.path.lower():
                raise Problem(404, "NotFound", "There is no such operation.")
            require(self._world, call, "cost/read", operation.scope)
            operation.polls_left -= 1
            if operation.polls_left >= 0:
                return self._wait(call, operation)
        return self._benefits_report(operation) if operation.is_benefits else self._cost_details(operation)

    def _cost_details(self, operation: Operation) -> Answer:
        today = self._world.clock.now().date()
        whole = operation.first.day == 1 and operation.last >= min(last_day(operation.first), today)
        wanted = Wanted(operation.body.get("metric", "ActualCost"), f"{operation.first:%Y-%m}", today, "Csv", "none",
                        operation.scope.kind, operation.scope.id, None if whole else operation.first,
                        None if whole else operation.last)
        try:
            parts = [part for part in self._data.parts(wanted) if part.rows]
        except SampleProblem as problem:
            raise _bad(str(problem)) from problem
        if not parts:
            return Answer(204)
        scope = operation.scope.path.lstrip("/")
        return json_answer({
            "id": _path(operation), "name": operation.id, "status": "Completed",
            "manifest": {
                "manifestVersion": "2025-03-01", "dataFormat": "Csv", "compressData": False,
                "byteCount": sum(len(part.data) for part in parts), "blobCount": len(parts),
                "requestContext": {"requestScope": scope, "requestBody": operation.body},
                "blobs": [{"blobLink": self._publish(operation, part), "byteCount": len(part.data)}
                          for part in parts]},
            "validTill": precise_time_text(datetime.datetime.now(UTC) + datetime.timedelta(hours=LINK_HOURS))})

    def _benefits_report(self, operation: Operation) -> Answer:
        rows = utilisation(self._world, operation.scope.path, operation.first, operation.last,
                           operation.body["grain"] == "Monthly", operation.body["kind"])
        text = io.StringIO(newline="")
        names = ("usageDate", "benefitId", "benefitOrderId", "benefitType", "armSkuName", "avgUtilizationPercentage",
                 "minUtilizationPercentage", "maxUtilizationPercentage")
        csv.writer(text, lineterminator="\n").writerows(
            [names, *([row["properties"][name] for name in names] for row in rows)])
        link = self._publish(operation, Part("report.csv", text.getvalue().encode(), len(rows)))
        inputs = {**operation.body, "billingAccountId": operation.scope.account.name if operation.scope.account else ""}
        if operation.scope.kind == "profile":
            inputs["billingProfileId"] = operation.scope.id
        valid = precise_time_text(datetime.datetime.now(UTC) + datetime.timedelta(hours=LINK_HOURS))
        return json_answer({"input": inputs, "status": "Complete", "properties": {
            "reportUrl": link, "secondaryReportUrl": link, "validUntil": valid}})

    def _publish(self, operation: Operation, part: Part) -> str:
        """Puts a file into Microsoft's storage; the answer is a link that needs nothing else."""
        name = f"{operation.id}/{part.name}"
        target = self._storage.container(REPORT_ACCOUNT, REPORT_CONTAINER)
        target.create_container()
        target.put(name, part.data)
        account = self._world.storage_account(REPORT_ACCOUNT)
        assert account
        expires = datetime.datetime.now(UTC) + datetime.timedelta(hours=LINK_HOURS)
        token = sas.service_sas(REPORT_ACCOUNT, account.key, REPORT_CONTAINER, "r", expires, name)
        return f"{self._storage.base}/{REPORT_ACCOUNT}/{REPORT_CONTAINER}/{name}?{token}"

    def state(self) -> list[dict[str, Any]]:
        with self._lock:
            return [json.loads(json.dumps({"id": one.id, "scope": one.scope.path, "body": one.body}))
                    for one in self._operations.values()]


def _path(operation: Operation) -> str:
    name = "benefitUtilizationSummariesOperationResults" if operation.is_benefits else "costDetailsOperationResults"
    return f"{operation.scope.path}/providers/Microsoft.CostManagement/{name}/{operation.id}"


def _bad(text: str) -> Problem:
    return Problem(400, "BadRequest", f"Invalid report request: {text}")


def _day(value: Any, name: str) -> datetime.date:
    try:
        return parse_time(str(value)).date()
    except ValueError as error:
        raise _bad(f"'{name}' is no day: '{value}'.") from error
