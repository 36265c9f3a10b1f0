"""The stand-in's own API, for tests: faults, what was asked, the clock, roles, storage. JSON over POST /stand-in/…

Names that end a path below; a GET of `state` and `requests` works too.
"""
import base64
import datetime
import time
from typing import Any, Callable

import sas
from entra import Tokens
from exports import Exports
from faults import Faults
from invoices import Invoices
from partner_billing import PartnerBilling
from runs import run_body
from storage import Storage, state_of
from web import Answer, Problem, Request, RequestLog, json_answer
from world import App, Assignment, World, parse_time, time_text

SETTINGS = ("token_seconds", "page_size", "empty_pages", "report_polls", "retry_after")
STORAGE_SETTINGS = ("firewall", "hierarchical", "encoded_names", "page_size", "empty_pages")
APP_SETTINGS = ("secret_expired", "blocked", "secret", "graph_permissions")


class Control:
    def __init__(self, world: World, faults: Faults, log: RequestLog, exports: Exports, tokens: Tokens,
                 storage: Storage, invoices: Invoices, graph: PartnerBilling):
        self._world = world
        self._faults = faults
        self._log = log
        self._exports = exports
        self._tokens = tokens
        self._storage = storage
        self._commands: dict[str, Callable[[dict[str, Any]], Any]] = {
            "state": lambda _: self._state(),
            "requests": lambda _: self._log.entries(),
            "requests/clear": lambda _: self._log.clear(),
            "fault": self._faults.add,
            "faults": lambda _: self._faults.waiting(),
            "faults/clear": lambda _: self._faults.clear(),
            "clock": self._clock,
            "settings": self._settings,
            "tokens/expire": self._expire_tokens,
            "federated-token": lambda body: {"token": self._tokens.make_federated(body["subject"])},
            "next-run": self._world.next_run_outcomes.append,
            "next-lines": graph.next_export,
            "invoice": lambda body: invoices.tell(body.pop("number"), body),
            "invoice/lines": lambda body: invoices.tell_lines(body["number"], body["kind"], body["lines"]),
            "invoices/forget": lambda _: (invoices.forget(), graph.forget()),
            "grant": self._grant,
            "revoke": self._revoke,
            "app": self._app,
            "storage": self._set_storage,
            "sas": self._sas,
            "container": self._container,
            "blob/put": self._put_blob,
            "blob/get": self._get_blob,
            "blob/delete": self._delete_blob,
            "blobs": self._blobs,
            "register": self._register,
        }

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix("/stand-in/")
        command = self._commands.get(name)
        if not command or request.method not in ("GET", "POST"):
            raise Problem(404, "NotFound", f"there is no {request.path}; there are {', '.join(self._commands)}")
        try:
            return json_answer(command(request.json() or {}))
        except (KeyError, ValueError, TypeError) as error:
            raise Problem(400, "BadCommand", f"{name}: {type(error).__name__}: {error}") from error

    def _clock(self, body: dict[str, Any]) -> dict[str, Any]:
        """Moves to `now`, or on by `days` and `hours`; the runs that fall due are made before the answer."""
        then = (parse_time(body["now"]) if "now" in body else self._world.clock.now()
                + datetime.timedelta(days=body.get("days", 0), hours=body.get("hours", 0)))
        made = self._exports.advance(then)
        return {"now": time_text(self._world.clock.now()), "runs": made}

    def _settings(self, body: dict[str, Any]) -> None:
        _set(self._world, body, SETTINGS)

    def _expire_tokens(self, _: dict[str, Any]) -> None:
        self._world.tokens_valid_from = time.time()

    def _app_of(self, body: dict[str, Any]) -> App:
        return next(app for app in self._world.apps if body["app"] in (app.name, app.client_id))

    def _grant(self, body: dict[str, Any]) -> None:
        self._world.grant(self._app_of(body), body["role"], body["scope"])

    def _revoke(self, body: dict[str, Any]) -> None:
        gone = Assignment(self._app_of(body).client_id, body["role"], body["scope"])
        self._world.assignments.remove(gone)

    def _app(self, body: dict[str, Any]) -> None:
        app = self._app_of(body)
        if "without_consent" in body:
            app.without_consent = set(body["without_consent"])
        if "consented_in" in body:
            app.consented_in = set(body["consented_in"])
        _set(app, {name: value for name, value in body.items() if name in APP_SETTINGS}, APP_SETTINGS)

    def _set_storage(self, body: dict[str, Any]) -> None:
        account = self._account(body)
        _set(account, {name: value for name, value in body.items() if name != "account"}, STORAGE_SETTINGS)

    def _account(self, body: dict[str, Any]) -> Any:
        account = self._world.storage_account(body["account"])
        if not account:
            raise ValueError(f"no storage account is named {body['account']}")
        return account

    def _sas(self, body: dict[str, Any]) -> dict[str, str]:
        """Of the account; of a container or blob when one is named. `expires` or `hours` in real time."""
        account = self._account(body)
        now = datetime.datetime.now(datetime.timezone.utc)
        expires = parse_time(body["expires"]) if "expires" in body else now + datetime.timedelta(
            hours=body.get("hours", 24))
        permissions, protocol = body.get("permissions", "rl"), body.get("protocol", "https,http")
        if "container" in body:
            token = sas.service_sas(account.name, account.key, body["container"], permissions, expires,
                                    body.get("blob", ""), protocol=protocol)
        else:
            token = sas.account_sas(account.name, account.key, permissions, expires, body.get("services", "b"),
                                    body.get("resource_types", "sco"), protocol=protocol)
        return {"token": token}

    def _target(self, body: dict[str, Any]) -> Any:
        return self._storage.container(self._account(body).name, body["container"])

    def _container(self, body: dict[str, Any]) -> None:
        self._target(body).create_container()

    def _put_blob(self, body: dict[str, Any]) -> None:
        data = base64.b64decode(body["base64"]) if "base64" in body else body["text"].encode()
        self._target(body).put(body["name"], data)

    def _get_blob(self, body: dict[str, Any]) -> dict[str, str]:
        return {"base64": base64.b64encode(self._target(body).get(body["name"])).decode()}

    def _delete_blob(self, body: dict[str, Any]) -> None:
        self._target(body).delete(body["name"])

    def _blobs(self, body: dict[str, Any]) -> list[str]:
        return self._target(body).list(body.get("prefix", ""))

    def _register(self, body: dict[str, Any]) -> None:
        """Sets the state of Microsoft.CostManagementExports in the subscription of a storage account."""
        self._world.registered[self._account(body).subscription, "microsoft.costmanagementexports"] = body.get(
            "state", "Registered")

    def _state(self) -> dict[str, Any]:
        world = self._world
        return {
            "now": time_text(world.clock.now()),
            "settings": {name: getattr(world, name) for name in SETTINGS},
            "storage": [state_of(account) for account in world.storage],
            "assignments": [vars(given) for given in world.assignments],
            "registered": [{"subscription": key[0], "provider": key[1], "state": state}
                           for key, state in world.registered.items()],
            "faults": self._faults.waiting(),
            "exports": [{"id": export.id, "eTag": export.etag, "runs": [
                {**run_body(export, run), "hidden": run.hidden, "manifest": run.manifest} for run in export.runs]}
                for export in self._exports.all()],
        }


def _set(target: Any, values: dict[str, Any], allowed: tuple[str, ...]) -> None:
    for name, value in values.items():
        if name not in allowed:
            raise ValueError(f"{name} cannot be set; there are {', '.join(allowed)}")
        setattr(target, name, value)
