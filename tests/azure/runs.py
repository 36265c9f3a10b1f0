"""Runs of exports: which period they cover, what they write to storage, and what becomes of them.

An export that overwrites keeps one folder for a month; its blobs are replaced one by one, the manifest last, and what
the new run has no more is deleted after that. An export that does not writes a folder a run, under the run's time.

A test says what becomes of the next run (`next-run` of control.py): `states` that the run history shows, the last of
them for good; `error`; and `parts`, for a run that stops after so many parts, without a manifest.
"""
import datetime
import json
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any, Iterator

from arm import Scope
from export_rules import last_day
from sample_data import Part, SampleData, SampleProblem, Wanted
from storage import Storage, StorageRefusal
from world import World, parse_time, precise_time_text, time_text

PRIOR_MONTH_DAYS = 5  # on the first days of a month, the month before is written again
DEFAULT_STATES = ("Queued", "InProgress", "Completed")
COMPRESSION_NAMES = {"none": "None", "gzip": "Gzip", "snappy": "Snappy"}


@dataclass
class Run:
    id: str
    execution: str  # OnDemand or Scheduled
    submitted: datetime.datetime
    first: datetime.date
    last: datetime.date
    submitted_by: str
    settings: dict[str, Any]
    states: list[str]
    error: dict[str, str] | None = None
    hidden: bool = False  # from the run history
    stops_after: int | None = None  # so many parts are written, and no manifest
    seen: int = 0  # how many states the run history has shown
    file_name: str = ""
    manifest: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def status(self) -> str:
        return self.states[min(self.seen, len(self.states) - 1)]

    def look(self) -> None:
        """The next reader of the history sees the run one state further."""
        if self.seen >= len(self.states) - 1:
            return
        self.seen += 1
        if self.seen == len(self.states) - 1:
            self.done.wait(300)


@dataclass
class Export:
    name: str
    scope: Scope
    properties: dict[str, Any]
    identity: dict[str, Any] | None
    location: str | None
    etag: str
    created: datetime.datetime
    runs: list[Run] = field(default_factory=list)  # the oldest first
    month_folders: dict[str, str] = field(default_factory=dict)  # of exports that overwrite

    @property
    def id(self) -> str:
        return f"{self.scope.path}/providers/Microsoft.CostManagement/exports/{self.name}"

    @property
    def destination(self) -> dict[str, Any]:
        return self.properties["deliveryInfo"]["destination"]

    def occurrences(self, after: datetime.datetime, until: datetime.datetime) -> Iterator[datetime.datetime]:
        """The times of the schedule in (after, until]."""
        schedule = self.properties.get("schedule", {})
        if schedule.get("status") != "Active":
            return
        period = schedule["recurrencePeriod"]
        time = parse_time(period["from"])
        end = min(until, parse_time(period["to"])) if "to" in period else until
        while time <= end:
            if time > after:
                yield time
            time = _next(time, schedule["recurrence"])

    def next_run(self, now: datetime.datetime) -> datetime.datetime | None:
        return next(self.occurrences(now, now + datetime.timedelta(days=732)), None)


def _next(time: datetime.datetime, recurrence: str) -> datetime.datetime:
    if recurrence in ("Daily", "Weekly"):
        return time + datetime.timedelta(days=1 if recurrence == "Daily" else 7)
    months = 1 if recurrence == "Monthly" else 12
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    day = min(time.day, last_day(datetime.date(year, month + 1, 1)).day)
    return time.replace(year=year, month=month + 1, day=day)


def period_of(definition: dict[str, Any], today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and last day of a run that is made today."""
    month = today.replace(day=1)
    frame = definition["timeframe"]
    if frame == "Custom":
        period = definition["timePeriod"]
        return parse_time(period["from"]).date(), parse_time(period["to"]).date()
    if frame in ("TheLastMonth", "TheLastBillingMonth"):
        last = month - datetime.timedelta(days=1)
        return last.replace(day=1), last
    if frame == "WeekToDate":
        return max(month, today - datetime.timedelta(days=today.weekday())), today
    return month, today


class Runner:
    """Makes runs of exports. On-demand runs are written by a thread of their own, in order."""

    def __init__(self, world: World, data: SampleData, storage: Storage):
        self._world = world
        self._data = data
        self._storage = storage
        self._writing = threading.Lock()

    def start(self, export: Export, execution: str, submitted_by: str,
              period: tuple[datetime.date, datetime.date] | None = None, hidden: bool = False) -> Run:
        """Takes a run in; `write` then makes it. `period` in place of that of the export's timeframe."""
        submitted = self._world.clock.tick()
        first, last = period or period_of(export.properties["definition"], submitted.date())
        outcome = self._world.next_run_outcomes.pop(0) if self._world.next_run_outcomes else {}
        run = Run(str(uuid.uuid4()), execution, submitted, first, last, submitted_by,
                  _settings(export, first, last, period is not None), list(outcome.get("states", DEFAULT_STATES)),
                  outcome.get("error"), hidden, outcome.get("parts"))
        if execution == "Scheduled":
            run.seen = len(run.states) - 1
        export.runs.append(run)
        return run

    def write_later(self, export: Export, run: Run) -> None:
        threading.Thread(target=self.write, args=(export, run), daemon=True).start()

    def write(self, export: Export, run: Run) -> None:
        try:
            with self._writing:
                self._name_files(export, run)
                if run.states[-1] == "Completed" or run.stops_after is not None:
                    self._deliver(export, run)
        except (SampleProblem, StorageRefusal) as problem:
            run.states[-1] = "Failed"
            run.error = {"code": getattr(problem, "code", "NoData"), "message": str(problem)}
        finally:
            run.done.set()

    def _name_files(self, export: Export, run: Run) -> None:
        month = run.first.replace(day=1)
        top = [export.destination.get("rootFolderPath", "").strip("/"), export.name,
               f"{month:%Y%m%d}-{last_day(month):%Y%m%d}"]
        if run.settings["dataOverwriteBehavior"] == "OverwritePreviousReport":
            top.append(export.month_folders.setdefault(f"{month:%Y-%m}", run.id))
        else:
            top += [f"{run.submitted:%Y%m%d%H%M}", run.id]
        folder = "/".join(part for part in top if part)
        run.manifest = f"{folder}/manifest.json"
        run.file_name = folder + "/"

    def _deliver(self, export: Export, run: Run) -> None:
        parts = self._data.parts(self._wanted(export, run))
        target = self._storage.target(export.destination)
        target.create_container()
        folder = run.file_name
        before = target.list(folder)
        for part in parts[:run.stops_after]:
            target.put(folder + part.name, part.data)
        if run.stops_after is not None:
            return
        target.put(run.manifest, json.dumps(_manifest(export, run, parts), indent=2).encode())
        written = {run.manifest, *(folder + part.name for part in parts)}
        for name in before:
            if name not in written:
                target.delete(name)
        run.file_name = folder + parts[0].name

    def _wanted(self, export: Export, run: Run) -> Wanted:
        properties = export.properties
        whole = run.first.day == 1 and run.last >= min(last_day(run.first), run.submitted.date())
        return Wanted(properties["definition"]["type"], f"{run.first:%Y-%m}", run.submitted.date(),
                      properties["format"], properties["compressionMode"], export.scope.kind, export.scope.id,
                      None if whole else run.first, None if whole else run.last,
                      tuple(properties["definition"]["dataSet"]["configuration"].get("columns", ())))


def _settings(export: Export, first: datetime.date, last: datetime.date, custom: bool) -> dict[str, Any]:
    settings = {name: value for name, value in export.properties.items() if name not in ("schedule", "deliveryInfo")}
    destination = {name: value for name, value in export.destination.items() if name != "sasToken"}
    definition = dict(settings["definition"])
    if custom:
        definition |= {"timeframe": "Custom", "timePeriod": {"from": f"{first}T00:00:00Z", "to": f"{last}T00:00:00Z"}}
    return {**settings, "definition": definition, "deliveryInfo": {"destination": destination}}


def _manifest(export: Export, run: Run, parts: list[Part]) -> dict[str, Any]:
    properties, definition = export.properties, run.settings["definition"]
    configuration = definition["dataSet"]["configuration"]
    account = export.destination.get("resourceId") or export.destination.get("storageAccount", "")
    return {
        "manifestVersion": "2024-04-01",
        "byteCount": sum(len(part.data) for part in parts),
        "blobCount": len(parts),
        "dataRowCount": sum(part.rows for part in parts),
        "exportConfig": {
            "exportName": export.name, "resourceId": export.id,
            "dataVersion": configuration.get("dataVersion", DATA_VERSIONS[definition["type"]]),
            "apiVersion": "2025-03-01", "type": definition["type"], "timeFrame": definition["timeframe"],
            "granularity": definition["dataSet"].get("granularity")},
        "deliveryConfig": {
            "partitionData": properties["partitionData"],
            "dataOverwriteBehavior": properties["dataOverwriteBehavior"], "fileFormat": properties["format"],
            "compressionMode": COMPRESSION_NAMES[properties["compressionMode"]], "containerUri": account,
            "rootFolderPath": export.destination.get("rootFolderPath", "")},
        "runInfo": {
            "executionType": run.execution, "submittedTime": precise_time_text(run.submitted), "runId": run.id,
            "startDate": f"{run.first}T00:00:00", "endDate": f"{run.last}T00:00:00Z"},
        "blobs": [{"blobName": run.file_name + part.name, "byteCount": len(part.data), "dataRowCount": part.rows}
                  for part in parts]}


DATA_VERSIONS = {
    "Usage": "2023-12-01-preview", "ActualCost": "2023-12-01-preview", "AmortizedCost": "2023-12-01-preview",
    "FocusCost": "1.2-preview", "PriceSheet": "2023-05-01", "ReservationDetails": "2023-03-01",
    "ReservationTransactions": "2023-05-01", "ReservationRecommendations": "2023-05-01"}


def run_body(export: Export, run: Run) -> dict[str, Any]:
    """A run as the run history tells it."""
    properties: dict[str, Any] = {
        "executionType": run.execution, "status": run.status, "submittedBy": run.submitted_by,
        "submittedTime": precise_time_text(run.submitted), "startDate": f"{run.first}T00:00:00Z",
        "endDate": f"{run.last}T00:00:00Z", "runSettings": run.settings}
    finished = run.done.is_set() and run.seen >= len(run.states) - 1
    if run.seen > 0:
        properties["processingStartTime"] = precise_time_text(run.submitted + datetime.timedelta(seconds=1))
    if finished:
        properties["processingEndTime"] = precise_time_text(run.submitted + datetime.timedelta(seconds=12))
    if finished and run.status == "Completed":
        properties |= {"fileName": run.file_name, "manifestFile": run.manifest}
    if finished and run.error:
        properties["error"] = run.error
    return {"id": f"{export.id}/Run/{run.id}", "name": run.id, "type": "Microsoft.CostManagement/exports/run",
            "properties": properties}


def next_run_text(export: Export, now: datetime.datetime) -> str | None:
    time = export.next_run(now)
    return time_text(time) if time else None
