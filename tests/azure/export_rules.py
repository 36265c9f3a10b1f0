"""What Cost Management accepts as an export, checked as the specification says it.

A body that breaks a rule is refused with 400 and a message that names the property.
"""
import calendar
import datetime
import re
import urllib.parse
from typing import Any

from arm import Scope
from web import Problem
from world import World, parse_time

COST_TYPES = ("Usage", "ActualCost", "AmortizedCost", "FocusCost")
PROFILE_TYPES = ("PriceSheet", "ReservationTransactions", "ReservationRecommendations", "ReservationDetails")
PLAIN_TYPES = PROFILE_TYPES[1:]  # CSV without compression, only
TIMEFRAMES = ("MonthToDate", "BillingMonthToDate", "TheLastMonth", "TheLastBillingMonth", "WeekToDate", "Custom",
              "TheCurrentMonth")
COMPRESSIONS = {"Csv": ("none", "gzip"), "Parquet": ("none", "snappy")}
FILTERS = {"ReservationScope": ("Single", "Shared"), "LookBackPeriod": ("Last7Days", "Last30Days", "Last60Days"),
           "ResourceType": None}
SAS_SERVICE_CODE = "AuthorizationResourceTypeMismatch"
OBFUSCATED = "***"
_NAME = re.compile(r"[A-Za-z0-9_-]{3,64}")
_CONTAINER = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}")
_ALLOWED = {
    "": {"eTag", "identity", "location", "properties", "id", "name", "type", "systemData"},
    "properties": {"format", "compressionMode", "dataOverwriteBehavior", "partitionData", "exportDescription",
                   "definition", "deliveryInfo", "schedule", "nextRunTimeEstimate", "runHistory",
                   "systemSuspensionContext"},
    "properties.definition": {"type", "timeframe", "timePeriod", "dataSet"},
    "properties.definition.dataSet": {"granularity", "configuration"},
    "properties.definition.dataSet.configuration": {"dataVersion", "columns", "filters"},
    "properties.deliveryInfo": {"destination"},
    "properties.deliveryInfo.destination": {"type", "resourceId", "container", "rootFolderPath", "storageAccount",
                                            "sasToken"},
    "properties.schedule": {"status", "recurrence", "recurrencePeriod"},
}


def bad(message: str) -> Problem:
    return Problem(400, "BadRequest", f"Invalid export: {message}")


def _object(value: Any, path: str, required: bool = True) -> dict[str, Any]:
    if value is None and not required:
        return {}
    if not isinstance(value, dict):
        raise bad(f"'{path}' must be an object." if value is not None else f"'{path}' is required.")
    unknown = set(value) - _ALLOWED.get("" if path == "body" else path, set(value))
    if unknown:
        raise bad(f"could not find member '{sorted(unknown)[0]}' on '{path}'.")
    return value


def _one_of(value: Any, choices: tuple[str, ...], path: str, required: bool = False) -> str:
    """Azure reads enums in any case and writes them in its own."""
    if value is None:
        if required:
            raise bad(f"'{path}' is required.")
        return ""
    for choice in choices:
        if isinstance(value, str) and value.lower() == choice.lower():
            return choice
    raise bad(f"'{value}' is not valid for '{path}'. Allowed values: {', '.join(choices)}.")


def _text(value: Any, path: str, required: bool = False) -> str:
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise bad(f"'{path}' is required and must be text.")
    return value


def _time(value: Any, path: str) -> datetime.datetime:
    try:
        return parse_time(_text(value, path, required=True))
    except ValueError as error:
        raise bad(f"'{path}' is no date and time: '{value}'.") from error


def check_period(period: Any, path: str, now: datetime.datetime) -> tuple[datetime.datetime, datetime.datetime]:
    """From and to; at most one calendar month, not before seven years ago, not in the future."""
    period = _object(period, path)
    first, last = _time(period.get("from"), f"{path}.from"), _time(period.get("to"), f"{path}.to")
    if last < first:
        raise bad(f"'{path}.to' must not be before '{path}.from'.")
    if (first.year, first.month) != (last.year, last.month):
        raise bad(f"'{path}' must not be longer than one calendar month and must lie in one.")
    if first > now:
        raise bad(f"'{path}.from' must not be in the future.")
    if first < now - datetime.timedelta(days=7 * 366):
        raise bad(f"'{path}.from' must not be more than seven years ago.")
    return first, last


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise bad(f"the export name '{name}' must have 3 to 64 letters, digits, - or _.")


class Checked:
    """An export as it is stored: properties in Azure's case, and what it was before for an update."""

    def __init__(self, properties: dict[str, Any], identity: dict[str, Any] | None, location: str | None):
        self.properties = properties
        self.identity = identity
        self.location = location


def check_export(world: World, scope: Scope, body: Any, before: dict[str, Any] | None) -> Checked:
    body = _object(body, "body")
    properties = _object(body.get("properties"), "properties")
    identity, location = _check_identity(body)
    definition = _check_definition(properties.get("definition"), scope, world.clock.now())
    stored: dict[str, Any] = {}
    stored["format"] = _one_of(properties.get("format"), ("Csv", "Parquet"), "properties.format") or "Csv"
    stored["compressionMode"] = _check_compression(properties, stored["format"], definition["type"])
    stored["dataOverwriteBehavior"] = _one_of(
        properties.get("dataOverwriteBehavior"), ("OverwritePreviousReport", "CreateNewReport"),
        "properties.dataOverwriteBehavior") or "CreateNewReport"
    stored["definition"] = definition
    stored["deliveryInfo"] = _check_delivery(world, scope, properties.get("deliveryInfo"), before)
    if "exportDescription" in properties:
        stored["exportDescription"] = _text(properties["exportDescription"], "properties.exportDescription")
    stored["partitionData"] = _check_partition(properties)
    schedule = _check_schedule(properties.get("schedule"), definition, world.clock.now(), before)
    if schedule:
        stored["schedule"] = schedule
    return Checked(stored, identity, location)


def _check_identity(body: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    location = body.get("location")
    if body.get("identity") is None:
        return None, location
    kind = _one_of(_object(body["identity"], "identity").get("type"), ("SystemAssigned", "None"), "identity.type", True)
    if kind == "SystemAssigned":
        _text(location, "location", required=True)
    return {"type": kind}, location


def _check_definition(definition: Any, scope: Scope, now: datetime.datetime) -> dict[str, Any]:
    path = "properties.definition"
    definition = _object(definition, path)
    kind = _one_of(definition.get("type"), COST_TYPES + PROFILE_TYPES, f"{path}.type", True)
    timeframe = _one_of(definition.get("timeframe"), TIMEFRAMES, f"{path}.timeframe", True)
    if kind in PROFILE_TYPES and scope.kind != "profile":
        raise bad(f"the export type {kind} is not supported at the scope '{scope.path}'; it is supported at a billing "
                  "profile.")
    if kind == "PriceSheet" and timeframe not in ("TheCurrentMonth", "Custom"):
        raise bad(f"the timeframe {timeframe} is not supported for PriceSheet; use TheCurrentMonth or Custom.")
    if kind != "PriceSheet" and timeframe == "TheCurrentMonth":
        raise bad("the timeframe TheCurrentMonth is supported for PriceSheet only.")
    stored: dict[str, Any] = {"type": kind, "dataSet": _check_data_set(definition.get("dataSet"), kind)}
    if timeframe == "Custom":
        first, last = check_period(definition.get("timePeriod"), f"{path}.timePeriod", now)
        stored["timePeriod"] = {"from": first.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": last.strftime("%Y-%m-%dT%H:%M:%SZ")}
    elif definition.get("timePeriod") is not None:
        raise bad(f"'{path}.timePeriod' is for the timeframe Custom only.")
    return {**stored, "timeframe": timeframe}


def _check_data_set(data_set: Any, kind: str) -> dict[str, Any]:
    path = "properties.definition.dataSet"
    data_set = _object(data_set, path, required=False)
    configuration = _object(data_set.get("configuration"), f"{path}.configuration", required=False)
    granularity = _one_of(data_set.get("granularity"), ("Daily", "Monthly"), f"{path}.granularity") or None
    columns, filters = configuration.get("columns") or [], configuration.get("filters") or []
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise bad(f"'{path}.configuration.columns' must be a list of names.")
    if filters and kind != "ReservationRecommendations":
        raise bad("filters are supported for ReservationRecommendations only.")
    for entry in filters:
        _check_filter(entry)
    stored: dict[str, Any] = {"configuration": {}}
    if kind in PLAIN_TYPES:
        stored["configuration"] = {"columns": columns, "filters": filters}
        granularity = None
    elif columns:
        stored["configuration"]["columns"] = columns
    if version := _text(configuration.get("dataVersion"), f"{path}.configuration.dataVersion"):
        stored["configuration"]["dataVersion"] = version
    if granularity or kind in PLAIN_TYPES:
        stored["granularity"] = granularity
    return stored


def _check_filter(entry: Any) -> None:
    path = "properties.definition.dataSet.configuration.filters"
    entry = _object(entry, path)
    name = _one_of(entry.get("name"), tuple(FILTERS), f"{path}.name", True)
    value = _text(entry.get("value"), f"{path}.value", True)
    if FILTERS[name]:
        _one_of(value, FILTERS[name], f"{path}.value")


def _check_compression(properties: dict[str, Any], format: str, kind: str) -> str:
    path = "properties.compressionMode"
    mode = _one_of(properties.get("compressionMode"), ("none", "gzip", "snappy"), path) or "none"
    if mode not in COMPRESSIONS[format]:
        raise bad(f"the compression {mode} is not supported for {format}; use {' or '.join(COMPRESSIONS[format])}.")
    if kind in PLAIN_TYPES and (format, mode) != ("Csv", "none"):
        raise bad(f"{kind} is exported as Csv without compression only.")
    return mode


def _check_partition(properties: dict[str, Any]) -> bool:
    value = properties.get("partitionData")
    if value is not None and not isinstance(value, bool):
        raise bad("'properties.partitionData' must be true or false.")
    return value is not False


def _check_schedule(schedule: Any, definition: dict[str, Any], now: datetime.datetime,
                    before: dict[str, Any] | None) -> dict[str, Any]:
    path = "properties.schedule"
    if schedule is None:
        return {}
    schedule = _object(schedule, path)
    status = _one_of(schedule.get("status"), ("Active", "Inactive"), f"{path}.status") or "Inactive"
    recurrence = _one_of(schedule.get("recurrence"), ("Daily", "Weekly", "Monthly", "Annually", "None"),
                         f"{path}.recurrence")
    stored: dict[str, Any] = {"recurrence": recurrence or "None"}
    if status == "Active" and recurrence in ("", "None"):
        raise bad(f"'{path}.recurrence' is required for an active schedule.")
    if status == "Active" and definition["timeframe"] == "Custom":
        raise bad("an export with the timeframe Custom cannot have an active schedule.")
    if recurrence not in ("", "None"):
        stored["recurrencePeriod"] = _check_recurrence(schedule, status, now, before)
    return {**stored, "status": status}


def _check_recurrence(schedule: dict[str, Any], status: str, now: datetime.datetime,
                      before: dict[str, Any] | None) -> dict[str, Any]:
    path = "properties.schedule.recurrencePeriod"
    period = _object(schedule.get("recurrencePeriod"), path)
    first = _time(period.get("from"), f"{path}.from")
    text = first.strftime("%Y-%m-%dT%H:%M:%SZ")
    unchanged = ((before or {}).get("schedule") or {}).get("recurrencePeriod", {}).get("from") == text
    if first <= now and status == "Active" and not unchanged:
        raise bad(f"'{path}.from' must be in the future.")
    stored = {"from": text}
    if period.get("to") is not None:
        last = _time(period["to"], f"{path}.to")
        if last <= first:
            raise bad(f"'{path}.to' must be after '{path}.from'.")
        stored["to"] = last.strftime("%Y-%m-%dT%H:%M:%SZ")
    return stored


# Where an export is delivered.

def _check_delivery(world: World, scope: Scope, delivery: Any, before: dict[str, Any] | None) -> dict[str, Any]:
    path = "properties.deliveryInfo.destination"
    destination = _object(_object(delivery, "properties.deliveryInfo").get("destination"), path)
    _one_of(destination.get("type"), ("AzureBlob",), f"{path}.type")
    container = _text(destination.get("container"), f"{path}.container", required=True)
    if not _CONTAINER.fullmatch(container):
        raise bad(f"'{container}' is no container name.")
    stored: dict[str, Any] = {"container": container}
    if root := _text(destination.get("rootFolderPath"), f"{path}.rootFolderPath"):
        stored["rootFolderPath"] = root
    by_id, by_sas = destination.get("resourceId"), destination.get("sasToken")
    if bool(by_id) == bool(by_sas or destination.get("storageAccount")):
        raise bad(f"'{path}' must have either resourceId, or storageAccount and sasToken.")
    if by_id:
        return {"destination": {**stored, "resourceId": _check_resource(world, scope, _text(by_id, path))}}
    return {"destination": {**stored, **_check_sas(world, scope, destination, before)}}


def _check_resource(world: World, scope: Scope, resource_id: str) -> str:
    account = next((account for account in world.storage if account.resource_id.lower() == resource_id.lower()), None)
    if not account:
        raise Problem(404, "ResourceNotFound", f"The storage account '{resource_id}' was not found.")
    provider = (account.subscription, "microsoft.costmanagementexports")
    state = world.registered.get(provider)
    if state == "Registering":
        world.registered[provider] = "Registered"  # by the time of the next attempt
        raise Problem(503, "ServiceUnavailable", "The resource provider Microsoft.CostManagementExports is being "
                      "registered. Please retry after some minutes.", Retry_After="1")
    if state != "Registered":
        raise bad(f"the subscription '{account.subscription}' is not registered with the resource provider "
                  "Microsoft.CostManagementExports. RP Not Registered.")
    if scope.account and account.tenant != scope.account.tenant:
        raise bad("the storage account is in another tenant than the scope; deliver with a SAS token.")
    return resource_id


def _check_sas(world: World, scope: Scope, destination: dict[str, Any],
               before: dict[str, Any] | None) -> dict[str, Any]:
    path = "properties.deliveryInfo.destination"
    if scope.kind != "account" or not scope.account or scope.account.agreement != "MicrosoftPartnerAgreement":
        raise bad("delivery with a SAS token is supported at the billing account scope of a Microsoft Partner "
                  "Agreement only.")
    name = _text(destination.get("storageAccount"), f"{path}.storageAccount", required=True)
    token = _text(destination.get("sasToken"), f"{path}.sasToken", required=True)
    if not world.storage_account(name):
        raise bad(f"the storage account '{name}' could not be reached.")
    old = ((before or {}).get("deliveryInfo") or {}).get("destination", {})
    if OBFUSCATED in token:
        if old.get("storageAccount") != name or "sasToken" not in old:
            raise bad(f"'{path}.sasToken' is obfuscated and there is no earlier one for this storage account.")
        return {"storageAccount": name, "sasToken": old["sasToken"]}
    check_sas_token(token, datetime.datetime.now(datetime.timezone.utc))
    return {"storageAccount": name, "sasToken": token}


def check_sas_token(token: str, now: datetime.datetime) -> None:
    """An account SAS with everything that a delivery needs; its signature is for storage to check."""
    parts = dict(urllib.parse.parse_qsl(token.lstrip("?")))
    code = ""
    if "b" not in parts.get("ss", ""):
        code = "AuthorizationServiceMismatch"
    elif set("sco") - set(parts.get("srt", "")):
        code = SAS_SERVICE_CODE
    elif set("rwdlac") - set(parts.get("sp", "")):
        code = "AuthorizationPermissionMismatch"
    elif not parts.get("sig") or not parts.get("se") or parse_time(parts["se"]) <= now:
        code = "AuthenticationFailed"
    if code:
        raise Problem(400, "BadRequest", "Please ensure the SAS token is valid for blob service, is valid for "
                      "container and object resource types, and has the permissions Read, Write, Delete, List, Add and "
                      f"Create. (Storage service error code: {code})")


def last_day(month: datetime.date) -> datetime.date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
