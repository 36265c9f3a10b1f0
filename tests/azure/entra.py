"""Entra ID and managed identities: discovery, client credentials with a secret, a certificate or a federated token.

Errors have Entra's numbers and shape. Tokens are signed and name tenant, application and resource, as version 1 access
tokens do, so Azurite takes them. They live in real time.
"""
import hashlib
import time
import uuid
from typing import Any

import keys
from web import Answer, Problem, Request, json_answer
from world import App, World

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW_SECONDS = 300
STORAGE = "https://storage.azure.com"
ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net",
                 "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net",
                 "https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn")
IMDS_HEADER_SECRET = "invented-identity-header"


class EntraProblem(Exception):
    def __init__(self, status: int, error: str, number: int, text: str):
        super().__init__(text)
        self.status, self.error, self.number, self.text = status, error, number, text

    def answer(self) -> Answer:
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
        description = (f"AADSTS{self.number}: {self.text} Trace ID: {trace} Correlation ID: {correlation} "
                       f"Timestamp: {stamp}")
        body = {"error": self.error, "error_description": description, "error_codes": [self.number],
                "timestamp": stamp, "trace_id": trace, "correlation_id": correlation,
                "error_uri": f"https://login.microsoftonline.com/error?code={self.number}"}
        return json_answer(body, self.status, **{"x-ms-request-id": trace, "Cache-Control": "no-store"})


class Tokens:
    """Makes and checks access tokens."""

    def __init__(self, world: World, key: keys.PrivateKey):
        self._world = world
        self._key = key
        self.key_id = keys.base64url(hashlib.sha1(key.n.to_bytes(key.public.size, "big")).digest())

    def json_web_key(self) -> dict[str, Any]:
        key = self._key
        return {"kty": "RSA", "use": "sig", "kid": self.key_id, "x5t": self.key_id, "alg": "RS256",
                "n": keys.base64url(key.n.to_bytes(key.public.size, "big")),
                "e": keys.base64url(key.e.to_bytes(3, "big"))}

    def make(self, app: App, tenant: str, audience: str, seconds: int | None = None) -> str:
        now = int(time.time())
        claims = {"aud": audience, "iss": f"https://sts.windows.net/{tenant}/", "iat": now, "nbf": now - 5,
                  "exp": now + (self._world.token_seconds if seconds is None else seconds), "appid": app.client_id,
                  "appidacr": "1", "idp": f"https://sts.windows.net/{tenant}/", "idtyp": "app",
                  "oid": app.object_id, "sub": app.object_id, "tid": tenant, "uti": uuid.uuid4().hex, "ver": "1.0",
                  "issued": time.time()}
        return keys.make_jwt(self._key, {"typ": "JWT", "alg": "RS256", "x5t": self.key_id, "kid": self.key_id}, claims)

    def make_federated(self, subject: str) -> str:
        now = int(time.time())
        claims = {"aud": ["api://AzureADTokenExchange"], "iss": "https://cluster.invalid", "sub": subject,
                  "iat": now, "nbf": now, "exp": now + 3600}
        return keys.make_jwt(self._key, {"typ": "JWT", "alg": "RS256", "kid": self.key_id}, claims)

    def is_ours(self, token: keys.Jwt) -> bool:
        return token.is_signed_by(self._key.public)

    def read(self, text: str) -> dict[str, Any] | None:
        """The claims of a token of ours, whatever its age; nothing for another text."""
        token = keys.read_jwt(text)
        return token.claims if token and self.is_ours(token) and "appid" in token.claims else None

    def is_alive(self, claims: dict[str, Any]) -> bool:
        return claims["exp"] > time.time() and claims["issued"] >= self._world.tokens_valid_from


class Entra:
    def __init__(self, world: World, tokens: Tokens):
        self._world = world
        self._tokens = tokens
        self.base = ""  # of this service; set when it listens
        self.arm_base = ""
        self.graph_base = ""
        self._seen_assertions: set[str] = set()

    # Signing in.

    def login(self, request: Request) -> Answer:
        try:
            return self._login(request)
        except EntraProblem as problem:
            return problem.answer()

    def _login(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        tail = "/".join(parts[1:]).lower()
        if request.method == "GET" and tail == "discovery/instance":
            return json_answer(self._instance_discovery())
        if request.method == "GET" and tail in ("v2.0/.well-known/openid-configuration",
                                                ".well-known/openid-configuration"):
            return json_answer(self._openid(self._tenant(parts[0])))
        if request.method == "GET" and tail in ("discovery/v2.0/keys", "discovery/keys"):
            return json_answer({"keys": [self._tokens.json_web_key()]})
        if tail in ("oauth2/v2.0/token", "oauth2/token"):
            if request.method != "POST":
                raise EntraProblem(400, "invalid_request", 900561,
                                   f"The endpoint only accepts POST requests. Received a {request.method} request.")
            return self._token(parts[0], request)
        raise Problem(404, "NotFound", f"{request.path} is not there.")

    def _tenant(self, name: str) -> str:
        if name.lower() not in self._world.tenants:
            raise EntraProblem(400, "invalid_request", 90002,
                               f"Tenant '{name}' not found. Check that the tenant id is right and the cloud too.")
        return name.lower()

    def _instance_discovery(self) -> dict[str, Any]:
        host = self.base.partition("://")[2]
        return {"tenant_discovery_endpoint": f"{self.base}/common/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]}

    def _openid(self, tenant: str) -> dict[str, Any]:
        return {
            "token_endpoint": f"{self.base}/{tenant}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{self.base}/{tenant}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{self.base}/{tenant}/v2.0",
            "authorization_endpoint": f"{self.base}/{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{self.base}/{tenant}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{self.base}/{tenant}/oauth2/v2.0/logout",
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver"],
            "tenant_region_scope": "EU", "cloud_instance_name": self.base.partition("://")[2],
        }

    def _token(self, tenant_name: str, request: Request) -> Answer:
        form = request.form()
        tenant = self._tenant(tenant_name)
        if form.get("grant_type") != "client_credentials":
            raise EntraProblem(400, "unsupported_grant_type", 70003,
                               f"The app requested an unsupported grant type '{form.get('grant_type', '')}'.")
        app = self._app(form, tenant)
        self._authenticate(app, tenant, form)
        audience, kind = self._audience(form.get("scope", ""))
        if kind in app.without_consent:
            raise EntraProblem(400, "invalid_grant", 65001,
                               f"The user or administrator has not consented to use the application with ID "
                               f"'{app.client_id}'.")
        if app.blocked:
            raise EntraProblem(400, "invalid_grant", 53003,
                               "Access has been blocked by Conditional Access policies.")
        seconds = self._world.token_seconds
        return json_answer({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
                            "access_token": self._tokens.make(app, tenant, audience)},
                           **{"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _app(self, form: dict[str, str], tenant: str) -> App:
        client_id = form.get("client_id", "")
        if not client_id:
            raise EntraProblem(400, "invalid_request", 900144,
                               "The request body must contain the following parameter: 'client_id'.")
        app = self._world.app_by_client_id(client_id)
        if not app or app.is_managed_identity or tenant not in {app.tenant, *app.consented_in}:
            raise EntraProblem(400, "unauthorized_client", 700016,
                               f"Application with identifier '{client_id}' was not found in the directory "
                               f"'{self._world.tenants[tenant]}'.")
        return app

    def _authenticate(self, app: App, tenant: str, form: dict[str, str]) -> None:
        if "client_assertion" in form:
            self._check_assertion(app, tenant, form)
        elif "client_secret" not in form:
            raise EntraProblem(401, "invalid_client", 7000218,
                               "The request body must contain the following parameter: 'client_assertion' or "
                               "'client_secret'.")
        elif form["client_secret"] != app.secret:
            raise EntraProblem(401, "invalid_client", 7000215,
                               f"Invalid client secret provided for app '{app.client_id}': the value is needed, not "
                               "the ID of the secret.")
        elif app.secret_expired:
            raise EntraProblem(401, "invalid_client", 7000222,
                               f"The provided client secret keys for app '{app.client_id}' are expired.")

    def _check_assertion(self, app: App, tenant: str, form: dict[str, str]) -> None:
        if form.get("client_assertion_type") != JWT_BEARER:
            raise EntraProblem(400, "invalid_request", 900144,
                               "The request body must contain the following parameter: 'client_assertion_type'.")
        token = keys.read_jwt(form["client_assertion"])
        if not token:
            raise EntraProblem(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
        if token.claims.get("sub") in app.federated_subjects:
            self._check_federated(token)
            return
        self._check_signature(app, token)
        self._check_assertion_claims(app, tenant, token)

    def _check_federated(self, token: keys.Jwt) -> None:
        """A token of the stand-in's own issuer, as a cluster would put it into a file."""
        claims = token.claims
        if not self._tokens.is_ours(token):
            raise EntraProblem(401, "invalid_client", 700211, "No matching federated identity record found for "
                               f"presented assertion issuer '{claims.get('iss')}'.")
        if claims.get("aud") not in ("api://AzureADTokenExchange", ["api://AzureADTokenExchange"]):
            raise EntraProblem(401, "invalid_client", 700212, "No matching federated identity record found for "
                               "presented assertion audience.")
        self._check_times(claims)

    def _check_signature(self, app: App, token: keys.Jwt) -> None:
        header = token.header
        for certificate in app.certificates:
            sha1, sha256 = hashlib.sha1(certificate).digest(), hashlib.sha256(certificate).digest()
            named = (header.get("x5t") == keys.base64url(sha1) or header.get("x5t#S256") == keys.base64url(sha256))
            if named and header.get("alg") in keys.VERIFIERS:
                if token.is_signed_by(keys.certificate_key(certificate)):
                    return
                raise EntraProblem(401, "invalid_client", 700027,
                                   "The certificate with identifier used to sign the client assertion is registered, "
                                   "but the signature of the assertion is not valid.")
        raise EntraProblem(401, "invalid_client", 700027,
                           "The certificate with identifier used to sign the client assertion is not registered on "
                           f"application. Thumbprint of key used by client: '{header.get('x5t', '')}'.")

    def _check_assertion_claims(self, app: App, tenant: str, token: keys.Jwt) -> None:
        claims = token.claims
        audiences = {f"{base}/{name}{tail}" for base in (self.base, "https://login.microsoftonline.com")
                     for name in (tenant, app.tenant)
                     for tail in ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "")}
        if str(claims.get("aud")).rstrip("/") not in audiences:
            raise EntraProblem(401, "invalid_client", 700023,
                               f"Client assertion audience claim does not match Realm issuer: {claims.get('aud')}.")
        if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
            raise EntraProblem(401, "invalid_client", 700021,
                               "Client assertion application identifier doesn't match 'client_id' parameter.")
        if not claims.get("jti"):
            raise EntraProblem(401, "invalid_client", 50027, "JWT token is invalid or malformed: it has no jti.")
        self._check_times(claims)

    @staticmethod
    def _check_times(claims: dict[str, Any]) -> None:
        now = time.time()
        starts, ends = claims.get("nbf", now), claims.get("exp")
        if not isinstance(ends, (int, float)) or now > ends + SKEW_SECONDS or now < starts - SKEW_SECONDS:
            raise EntraProblem(401, "invalid_client", 700024,
                               "Client assertion is not within its valid time range.")

    def _audience(self, scope: str) -> tuple[str, str]:
        """The audience of a scope, and which resource it is."""
        if len(scope.split()) != 1 or not scope.endswith("/.default"):
            raise EntraProblem(400, "invalid_scope", 70011,
                               f"The provided value for the input parameter 'scope' is not valid. The scope {scope} "
                               "is not valid.")
        resource = scope.removesuffix("/.default")
        kind = self._resource_kind(resource)
        if not kind:
            raise EntraProblem(400, "invalid_resource", 500011,
                               f"The resource principal named {resource} was not found in the tenant.")
        return resource, kind

    def _resource_kind(self, resource: str) -> str:
        resource = resource.rstrip("/")
        if resource == STORAGE or resource.startswith("https://") and ".blob." in resource:
            return "storage"
        if resource == self.graph_base:
            return "graph"
        return "arm" if resource in (*ARM_AUDIENCES, self.arm_base) else ""

    # Managed identities.

    def managed_identity(self, request: Request) -> Answer:
        """The endpoint of virtual machines, and that of App Service under /msi/token."""
        path = request.path.rstrip("/")
        if path == "/metadata/identity/oauth2/token":
            if request.header("Metadata").lower() != "true":
                return _identity_problem("invalid_request", "Required metadata header not specified")
            return self._identity_token(request, "2018-02-01", number=str)
        if path == "/msi/token":
            if request.header("X-IDENTITY-HEADER") != IMDS_HEADER_SECRET:
                return json_answer({"statusCode": 401, "message": "X-IDENTITY-HEADER is wrong"}, 401)
            return self._identity_token(request, "2019-08-01", number=str)
        return json_answer({"error": "not_found"}, 404)

    def _identity_token(self, request: Request, version: str, number: Any) -> Answer:
        if request.method != "GET" or request.query.get("api-version", "") < version:
            return _identity_problem("bad_request_102", "Required audience parameter or api-version not specified")
        resource = request.query.get("resource", "")
        if not self._resource_kind(resource):
            return _identity_problem("invalid_resource", f"AADSTS500011: The resource principal named {resource} was "
                                     "not found in the tenant.")
        identities = [app for app in self._world.apps if app.is_managed_identity]
        wanted = request.query.get("client_id") or request.query.get("object_id") or ""
        identity = next((app for app in identities if wanted in ("", app.client_id, app.object_id)), None)
        if not identity:
            return _identity_problem("invalid_request", "Identity not found")
        now, seconds = int(time.time()), self._world.token_seconds
        return json_answer({
            "access_token": self._tokens.make(identity, identity.tenant, resource.rstrip("/")),
            "client_id": identity.client_id, "expires_in": number(seconds), "expires_on": number(now + seconds),
            "ext_expires_in": number(seconds), "not_before": number(now - 5), "resource": resource,
            "token_type": "Bearer"})


def _identity_problem(error: str, text: str) -> Answer:
    return json_answer({"error": error, "error_description": text}, 400)
