"""Cost Management's exports: made, changed, read, deleted, run, at every scope; their schedule as the clock moves."""
import datetime
import threading
import uuid
from typing import Any

from arm import Call, Scope, find_scope, require
from export_rules import bad, check_export, check_name, check_period
from runs import PRIOR_MONTH_DAYS, Export, Run, Runner, next_run_text, run_body
from web import Answer, Problem, json_answer
from world import World

HISTORY_MAX = 10  # runs of one export
OBFUSCATED_TOKEN = "************"


class Exports:
    def __init__(self, world: World, runner: Runner):
        self._world = world
        self._runner = runner
        self._lock = threading.RLock()
        self._exports: dict[str, Export] = {}  # by id in lower case

    def answer(self, call: Call) -> Answer:
        """Answers for paths that end with exports, exports/NAME, exports/NAME/run and exports/NAME/runHistory."""
        scope = find_scope(self._world, call.scope_path)
        operations = {
            (1, "GET"): self._list, (2, "GET"): self._get, (2, "PUT"): self._put, (2, "DELETE"): self._delete,
            (3, "POST"): self._run, (3, "GET"): self._history}
        operation = operations.get((len(call.tail), call.request.method))
        if not operation or len(call.tail) == 3 and call.tail[2].lower() != ("run" if operation == self._run
                                                                           else "runhistory"):
            raise Problem(405, "MethodNotAllowed", f"{call.request.method} is not supported for {call.request.path}.")
        writes = operation in (self._put, self._delete, self._run)
        require(self._world, call, "exports/write" if writes else "exports/read", scope)
        with self._lock:
            return operation(call, scope)

    def all(self) -> list[Export]:
        with self._lock:
            return list(self._exports.values())

    # Operations.

    def _find(self, call: Call, scope: Scope) -> Export:
        name = call.tail[1]
        export = self._exports.get(_key(scope, name))
        if not export:
            raise Problem(404, "NotFound", f"The export '{name}' was not found at '{scope.path}'.")
        return export

    def _list(self, call: Call, scope: Scope) -> Answer:
        found = [export for export in self._exports.values() if export.scope.path.lower() == scope.path.lower()]
        return json_answer({"value": [self._body(export, self._expand(call) and 1) for export in found]})

    def _get(self, call: Call, scope: Scope) -> Answer:
        return json_answer(self._body(self._find(call, scope), self._expand(call) and HISTORY_MAX))

    @staticmethod
    def _expand(call: Call) -> bool:
        value = call.request.query.get("$expand", "")
        if value and value.lower() != "runhistory":
            raise Problem(400, "BadRequest", f"$expand knows runHistory only, not '{value}'.")
        return bool(value)

    def _put(self, call: Call, scope: Scope) -> Answer:
        name = call.tail[1]
        check_name(name)
        body = call.request.json()
        before = self._exports.get(_key(scope, name))
        if before:
            self._check_etag(call, body, before)
        elif call.request.header("If-Match") or (isinstance(body, dict) and body.get("eTag")):
            raise Problem(412, "PreconditionFailed", f"The export '{name}' does not exist, but an eTag was sent.")
        checked = check_export(self._world, scope, body, before.properties if before else None)
        self._check_storage_rights(call, checked)
        etag = f'"{uuid.uuid4()}"'
        if before:
            before.properties, before.identity, before.location = checked.properties, checked.identity, checked.location
            before.etag = etag
        export = before or Export(name, scope, checked.properties, checked.identity, checked.location, etag,
                                  self._world.clock.now())
        self._exports[_key(scope, name)] = export
        return json_answer(self._body(export, 0), 200 if before else 201)

    @staticmethod
    def _check_etag(call: Call, body: Any, before: Export) -> None:
        etag = (body.get("eTag") if isinstance(body, dict) else None) or call.request.header("If-Match")
        if not etag:
            raise Problem(409, "Conflict", f"The export '{before.name}' exists; an update must have its eTag.")
        if etag.strip('"') != before.etag.strip('"'):
            raise Problem(412, "PreconditionFailed", f"The eTag '{etag}' is not that of the export '{before.name}': it "
                          "was changed in the meantime. Read it again.")

    def _check_storage_rights(self, call: Call, checked: Any) -> None:
        resource_id = checked.properties["deliveryInfo"]["destination"].get("resourceId")
        if not resource_id:
            return
        account = next(one for one in self._world.storage if one.resource_id.lower() == resource_id.lower())
        if not self._world.may(call.caller.client_id, "storage/write", account.resource_id):
            raise Problem(403, "AuthorizationFailed", f"The client '{call.caller.client_id}' with object id "
                          f"'{call.caller.object_id}' does not have authorization to perform action "
                          f"'Microsoft.Storage/storageAccounts/write' over scope '{account.resource_id}'.")
        has_identity = checked.identity and checked.identity["type"] == "SystemAssigned"
        may_grant = self._world.may(call.caller.client_id, "roles/write", account.resource_id)
        if account.firewall and not (has_identity and may_grant):
            raise Problem(401, "Unauthorized", "The user does not have authorization to perform "
                          "'Microsoft.Authorization/roleAssignments/write' action on specified storage account, please "
                          "use a storage account with sufficient permissions.")

    def _delete(self, call: Call, scope: Scope) -> Answer:
        return Answer(200 if self._exports.pop(_key(scope, call.tail[1]), None) else 204)

    def _run(self, call: Call, scope: Scope) -> Answer:
        export = self._find(call, scope)
        body = call.request.json() or {}
        if not isinstance(body, dict) or set(body) - {"timePeriod"}:
            raise bad("a run takes a timePeriod and nothing else.")
        period = None
        if body.get("timePeriod") is not None:
            first, last = check_period(body["timePeriod"], "timePeriod", self._world.clock.now())
            period = (first.date(), last.date())
        run = self._runner.start(export, "OnDemand", call.caller.client_id, period)
        self._runner.write_later(export, run)
        return Answer(200)

    def _history(self, call: Call, scope: Scope) -> Answer:
        export = self._find(call, scope)
        return json_answer({"value": self._runs(export, HISTORY_MAX)})

    @staticmethod
    def _runs(export: Export, most: int) -> list[dict[str, Any]]:
        """The newest first. Every look lets unfinished runs go one state further."""
        shown = [run for run in reversed(export.runs) if not run.hidden][:most]
        bodies = [run_body(export, run) for run in shown]
        for run in shown:
            run.look()
        return bodies

    def _body(self, export: Export, runs: int) -> dict[str, Any]:
        destination = {**export.destination}
        if "sasToken" in destination:
            destination["sasToken"] = OBFUSCATED_TOKEN
        properties = {**export.properties, "deliveryInfo": {"destination": destination}}
        if next_run := next_run_text(export, self._world.clock.now()):
            properties["nextRunTimeEstimate"] = next_run
        if runs:
            properties["runHistory"] = {"value": self._runs(export, runs)}
        body = {"id": export.id, "name": export.name, "type": "Microsoft.CostManagement/exports",
                "eTag": export.etag, "properties": properties}
        if export.identity:
            body["identity"] = dict(export.identity)
            if export.identity["type"] == "SystemAssigned":
                body["identity"] |= {"principalId": self._world.id_of(f"identity of {export.id}"),
                                     "tenantId": export.scope.account.tenant if export.scope.account else ""}
        if export.location:
            body["location"] = export.location
        return body

    # The schedule.

    def advance(self, then: datetime.datetime) -> list[str]:
        """Moves the clock and makes the runs that fall due, in order. Returns their ids, hidden ones too."""
        now, made = self._world.clock.now(), []
        due = [(time, export) for export in self.all() for time in export.occurrences(now, then)]
        for time, export in sorted(due, key=lambda entry: (entry[0], entry[1].id)):
            if time > self._world.clock.now():
                self._world.clock.move_to(time)
            made += self._scheduled(export, time)
        if then > self._world.clock.now():
            self._world.clock.move_to(then)
        return made

    def _scheduled(self, export: Export, time: datetime.datetime) -> list[str]:
        runs: list[Run] = [self._runner.start(export, "Scheduled", "System")]
        month = time.date().replace(day=1)
        to_date = export.properties["definition"]["timeframe"] in ("MonthToDate", "BillingMonthToDate")
        daily = export.properties["schedule"]["recurrence"] == "Daily"
        if to_date and daily and time.day <= PRIOR_MONTH_DAYS and export.created.date() < month:
            last = month - datetime.timedelta(days=1)
            runs.append(self._runner.start(export, "Scheduled", "System", (last.replace(day=1), last), hidden=True))
        for run in runs:
            self._runner.write(export, run)
        return [run.id for run in runs]


def _key(scope: Scope, name: str) -> str:
    return f"{scope.path}/{name}".lower()
