"""Azure Resource Manager: who may call, which version of which API, which service answers; lists in pages."""
import re
import urllib.parse
from dataclasses import dataclass
from typing import Any, Callable, Protocol

from entra import Tokens
from web import Answer, Problem, Request, json_answer
from world import BillingAccount, World

# Versions that each provider is known to answer.
API_VERSIONS = {
    "microsoft.costmanagement": (
        "2019-11-01", "2020-06-01", "2021-01-01", "2021-10-01", "2022-10-01", "2022-10-05-preview", "2023-03-01",
        "2023-04-01-preview", "2023-07-01-preview", "2023-08-01", "2023-09-01", "2023-11-01", "2024-01-01",
        "2024-05-01", "2024-08-01", "2025-03-01", "2026-06-01", "2026-08-01"),
    "microsoft.billing": ("2019-10-01-preview", "2020-05-01", "2020-11-01-preview", "2021-10-01", "2024-04-01"),
    "microsoft.billingbenefits": ("2022-11-01", "2024-11-01-preview"),
    "microsoft.authorization": ("2015-07-01", "2018-07-01", "2022-04-01", "2022-05-01-preview"),
    "microsoft.resources": ("2016-06-01", "2019-10-01", "2020-01-01", "2021-04-01", "2022-12-01", "2024-03-01"),
    "microsoft.storage": ("2021-09-01", "2022-09-01", "2023-01-01", "2023-05-01", "2024-01-01"),
}
BILLING = "/providers/Microsoft.Billing/billingAccounts/"
_SCOPES = (
    ("account", re.compile(r"/providers/microsoft\.billing/billingaccounts/([^/]+)", re.I)),
    ("profile", re.compile(r"/providers/microsoft\.billing/billingaccounts/([^/]+)/billingprofiles/([^/]+)", re.I)),
    ("customer", re.compile(r"/providers/microsoft\.billing/billingaccounts/([^/]+)/customers/([^/]+)", re.I)),
    ("subscription", re.compile(r"/subscriptions/([^/]+)", re.I)),
    ("subscription", re.compile(r"/subscriptions/([^/]+)/resourcegroups/[^/]+", re.I)),
)


@dataclass
class Caller:
    client_id: str
    object_id: str
    tenant: str


@dataclass
class Scope:
    """A billing scope or subscription that exists. `path` is as Azure writes it, with a slash in front."""

    kind: str
    path: str
    id: str  # of the last part
    account: BillingAccount | None


@dataclass
class Call:
    """A request that was signed in, and the scope it is about."""

    request: Request
    caller: Caller
    version: str
    scope_path: str = ""
    tail: tuple[str, ...] = ()  # parts of the path after the provider


class Service(Protocol):
    def __call__(self, call: Call) -> Answer: ...


class Arm:
    def __init__(self, world: World, tokens: Tokens, services: dict[str, Service]):
        """`services` by provider in lower case; the one of the last provider in the path answers."""
        self._world = world
        self._tokens = tokens
        self._services = services
        self.base = ""

    def answer(self, request: Request) -> Answer:
        caller = self._caller(request)
        provider, scope_path, tail = self._provider(request.path)
        service = self._services.get(provider)
        if not service:
            raise Problem(404, "InvalidResourceNamespace", f"The resource namespace '{provider}' is invalid.")
        version = request.query.get("api-version", "")
        if not version:
            raise Problem(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is "
                          "required for all requests.")
        if version not in API_VERSIONS[provider]:
            raise Problem(400, "InvalidResourceType", f"No registered resource provider found for API version "
                          f"'{version}' of '{provider}'. The supported api-versions are "
                          f"'{', '.join(API_VERSIONS[provider])}'.")
        return service(Call(request, caller, version, scope_path, tail))

    def _caller(self, request: Request) -> Caller:
        scheme, _, text = request.header("Authorization").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise self._refusal("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        claims = self._tokens.read(text.strip())
        if not claims:
            raise self._refusal("InvalidAuthenticationToken", "The access token is invalid.")
        if not self._tokens.is_alive(claims):
            raise self._refusal("ExpiredAuthenticationToken", "The access token expiry UTC time is in the past.")
        if ".blob." in claims["aud"] or claims["aud"].startswith("https://storage."):
            raise self._refusal("InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong "
                                f"audience or resource '{claims['aud']}'.")
        return Caller(claims["appid"], claims["oid"], claims["tid"])

    def _refusal(self, code: str, message: str) -> Problem:
        error = {"AuthenticationFailed": "invalid_request"}.get(code, "invalid_token")
        return Problem(401, code, message, **{
            "WWW-Authenticate": f'Bearer authorization_uri="https://login.microsoftonline.com/common", '
                                f'error="{error}", error_description="{message}"'})

    @staticmethod
    def _provider(path: str) -> tuple[str, str, tuple[str, ...]]:
        """Provider in lower case, the scope before it, the parts after it."""
        place = path.lower().rfind("/providers/")
        if place < 0 or re.fullmatch(r"/subscriptions/[^/]+/providers/[^/]+(/register)?", path, re.I):
            return "microsoft.resources", "", tuple(path.strip("/").split("/"))
        parts = path[place:].strip("/").split("/")[1:]
        return parts[0].lower(), path[:place], tuple(parts[1:])


def find_scope(world: World, path: str) -> Scope:
    """A scope that costs are reported for. A Problem when there is none of that name."""
    path = path.rstrip("/")
    for kind, pattern in _SCOPES:
        match = pattern.fullmatch(path)
        if not match:
            continue
        if kind == "subscription":
            if match[1].lower() not in world.subscriptions:
                raise Problem(404, "SubscriptionNotFound", f"The subscription '{match[1]}' could not be found.")
            return Scope(kind, path, match[1].lower(), None)
        account = world.account(match[1])
        within = match[match.lastindex or 1]
        known = account and (kind == "account" or (account.profile if kind == "profile" else account.customer)(within))
        if not account or not known:
            raise Problem(404, "NotFound", f"The billing scope '{path}' was not found.")
        return Scope(kind, path, within, account)
    raise Problem(400, "BadRequest", f"Invalid scope '{path}': it is no scope that exports and reports know.")


def wrong_tenant(caller: Caller, home: str) -> Problem:
    return Problem(401, "InvalidAuthenticationTokenTenant",
                   f"The access token is from the wrong issuer 'https://sts.windows.net/{caller.tenant}/'. It must "
                   f"match the tenant 'https://sts.windows.net/{home}/' associated with this scope.",
                   **{"WWW-Authenticate": f'Bearer authorization_uri="https://login.microsoftonline.com/{home}"'})


def require(world: World, call: Call, action: str, scope: Scope) -> None:
    """A Problem when the caller lacks a role with this action at the scope."""
    caller = call.caller
    home = scope.account.tenant if scope.account else world.subscriptions.get(scope.id, "")
    if home and caller.tenant != home:
        raise wrong_tenant(caller, home)
    if world.may(caller.client_id, action, scope.path):
        return
    name = {"billing/read": "Microsoft.Billing/billingAccounts/read",
            "exports/read": "Microsoft.CostManagement/exports/read",
            "exports/write": "Microsoft.CostManagement/exports/write",
            "cost/read": "Microsoft.CostManagement/query/read"}.get(action, action)
    if scope.kind == "subscription":
        code = "AuthorizationFailed"
    else:
        code = "BillingAccessDenied" if action == "billing/read" or scope.kind != "account" else "RBACAccessDenied"
    raise Problem(403 if scope.kind == "subscription" else 401, code,
                  f"The client '{caller.client_id}' with object id '{caller.object_id}' does not have authorization "
                  f"to perform action '{name}' over scope '{scope.path}' or the scope is invalid.")


def paged(world: World, call: Call, base: str, items: list[Any],
          shape: Callable[[list[Any]], dict[str, Any]] = lambda page: {"value": page}) -> Answer:
    """A list, in pages if the world says so: an empty page with a nextLink may come before each page."""
    query = call.request.query
    size = world.page_size or int(query.get("top") or query.get("$top") or 0) or len(items) or 1
    token = query.get("$skiptoken") or query.get("skiptoken") or ("e0" if world.empty_pages else "0")
    if not re.fullmatch(r"e?\d+", token):
        raise Problem(400, "BadRequest", f"The skip token '{token}' is not valid.")
    if token.startswith("e"):
        page, next_token = [], token[1:]
    else:
        start = int(token)
        page, end = items[start:start + size], start + size
        next_token = "" if end >= len(items) else f"{'e' if world.empty_pages else ''}{end}"
    body = shape(page)
    if next_token:
        kept = {name: value for name, value in query.items() if "skiptoken" not in name}
        path = urllib.parse.quote(call.request.path, safe="/:")
        body["nextLink"] = f"{base}{path}?{urllib.parse.urlencode({**kept, '$skiptoken': next_token})}"
    return json_answer(body)
