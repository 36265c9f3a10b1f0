"""Blob storage: Azurite, and in front of it a proxy that adds what Azurite lacks.

Azurite checks signatures, SAS and tokens' times, but knows no roles, tenants, firewalls or hierarchical namespaces,
and never misbehaves. The proxy does, as the world says. Without Azurite it answers 503 and says how to install it.
"""
import ctypes
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
import xml.sax.saxutils
from pathlib import Path
from typing import Any

from entra import STORAGE, Tokens
from faults import storage_error
from keys import ServerFiles
from web import Answer, Request
from world import App, StorageAccount, World, parse_time

HERE = Path(__file__).resolve().parent
AZURITE = HERE / "node_modules/azurite/dist/src/blob/main.js"
NODE_VERSION_MIN = 20
START_SECONDS_MAX = 60
MISSING = "Azurite is not installed: run `tools/install_dependencies azure`"
HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "date", "host", "content-length", "expect"}
EMPTY_MARK = "stand-in-empty-page:"
NO_PREFIX = "a prefix that no blob has:"
API_VERSION = "2021-08-06"
READING = ("GET", "HEAD", "OPTIONS")


class StorageRefusal(Exception):
    """Storage said no to a delivery."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def find_node() -> str | None:
    """A Node that is new enough: the system's, or that of the project."""
    for name in ("node", str(HERE / "node_modules/.node/bin/node")):
        path = shutil.which(name)
        if not path:
            continue
        said = subprocess.run([path, "--version"], capture_output=True, encoding="utf-8", check=False).stdout
        if (match := re.match(r"v(\d+)", said)) and int(match[1]) >= NODE_VERSION_MIN:
            return path
    return None


def _end_with_parent() -> None:
    """So that a stand-in that is killed leaves no Azurite behind (Linux)."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


class Azurite:
    """The process of Azurite, from start() to stop(). Its data are in the folder and gone with it."""

    def __init__(self, folder: Path, files: ServerFiles, accounts: list[StorageAccount]):
        self._folder = folder
        self._files = files
        self._accounts = accounts
        self._process: subprocess.Popen | None = None
        self.port = 0

    def start(self) -> None:
        node = find_node()
        if not node or not AZURITE.is_file():
            raise FileNotFoundError(MISSING)
        environment = {**os.environ, "AZURITE_ACCOUNTS": ";".join(f"{one.name}:{one.key}" for one in self._accounts)}
        output = (self._folder / "azurite.log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [node, str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", "0", "--cert", str(self._files.certificate),
             "--key", str(self._files.key), "--oauth", "basic", "--skipApiVersionCheck", "--disableTelemetry",
             "--silent", "--location", str(self._folder)],
            cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent)
        self.port = self._wait_for_port()

    def _wait_for_port(self) -> int:
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            said = (self._folder / "azurite.log").read_text(encoding="utf-8")
            if match := re.search(r"listens on https?://127\.0\.0\.1:(\d+)", said):
                return int(match[1])
            if self._process and self._process.poll() is not None:
                raise RuntimeError(f"Azurite ended at its start:\n{said}")
            time.sleep(0.05)
        raise RuntimeError(f"Azurite did not start in {START_SECONDS_MAX} s")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._process = None


class Target:
    """A container of an account, as the stand-in itself writes to it: by a token of its own, or by a SAS."""

    def __init__(self, storage: "Storage", account: str, container: str, sas: str = ""):
        self._storage = storage
        self._container = f"/{account}/{container}"
        self._sas = sas.lstrip("?")

    def create_container(self) -> None:
        status, code, body = self._call("PUT", "", "restype=container")
        if status not in (201, 409):
            raise _refusal(status, code, body)

    def list(self, prefix: str) -> list[str]:
        names, marker = [], ""
        while True:
            query = urllib.parse.urlencode({"restype": "container", "comp": "list", "prefix": prefix,
                                            "marker": marker})
            _, _, body = self._call("GET", "", query, expect=200)
            tree = ElementTree.fromstring(body)
            names += [element.text or "" for element in tree.iter("Name")]
            marker = tree.findtext("NextMarker") or ""
            if not marker:
                return names

    def put(self, name: str, data: bytes) -> None:
        self._call("PUT", "/" + name, "", data, {"x-ms-blob-type": "BlockBlob",
                                                 "Content-Type": "application/octet-stream"}, expect=201)

    def get(self, name: str) -> bytes:
        return self._call("GET", "/" + name, "", expect=200)[2]

    def delete(self, name: str) -> None:
        self._call("DELETE", "/" + name, "", expect=202)

    def _call(self, method: str, name: str, query: str, data: bytes = b"", headers: dict[str, str] | None = None,
              expect: int = 0) -> tuple[int, str, bytes]:
        path = urllib.parse.quote(self._container + name, safe="/")
        query = "&".join(part for part in (query, self._sas) if part)
        named = {"x-ms-version": API_VERSION, **(headers or {})}
        if not self._sas:
            named["Authorization"] = f"Bearer {self._storage.own_token()}"
        status, answered, body = self._storage.send(method, f"{path}?{query}" if query else path, named, data)
        code = answered.get("x-ms-error-code", "")
        if expect and status != expect:
            raise _refusal(status, code, body)
        return status, code, body


def _refusal(status: int, code: str, body: bytes) -> StorageRefusal:
    match = re.search(rb"<Message>([^<\n]*)", body)
    return StorageRefusal(code or str(status), (match[1] if match else body[:200]).decode("utf-8", "replace"))


class Storage:
    def __init__(self, world: World, tokens: Tokens, files: ServerFiles, folder: Path):
        self._world = world
        self._tokens = tokens
        self._tls = ssl.create_default_context(cafile=str(files.ca))
        self._azurite = Azurite(folder, files, world.storage)
        self._self = App("exports service", world.id_of("app/service"), world.id_of("principal/service"), "service")
        self.missing = ""
        self.base = ""

    def start(self) -> None:
        try:
            self._azurite.start()
        except FileNotFoundError as error:
            self.missing = str(error)

    def stop(self) -> None:
        self._azurite.stop()

    def own_token(self) -> str:
        return self._tokens.make(self._self, self._self.tenant, STORAGE, 600)

    def target(self, destination: dict[str, Any]) -> Target:
        name = destination.get("storageAccount") or destination["resourceId"].rsplit("/", 1)[1]
        return Target(self, name, destination["container"], destination.get("sasToken", ""))

    def container(self, account: str, container: str) -> Target:
        return Target(self, account, container)

    def send(self, method: str, target: str, headers: dict[str, str], data: bytes) -> tuple[int, dict, bytes]:
        """One call of Azurite."""
        if self.missing:
            raise StorageRefusal("StorageMissing", self.missing)
        connection = http.client.HTTPSConnection("127.0.0.1", self._azurite.port, context=self._tls, timeout=60)
        try:
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    # The proxy.

    def answer(self, request: Request) -> Answer:
        if self.missing:
            return storage_error(503, "ServerBusy", self.missing)
        target = self._path_style(request)
        name, _, rest = target.partition("?")[0].strip("/").partition("/")
        account = self._world.storage_account(urllib.parse.unquote(name))
        if not account:
            return Answer(0, raw=lambda connection: connection.shutdown(socket.SHUT_RDWR))  # no such host
        refusal = self._check(request, account, rest)
        if refusal:
            return refusal
        if request.query.get("comp") == "list" and request.query.get("restype") == "container":
            return self._list(request, account, target)
        return self._forward(request, target)

    @staticmethod
    def _path_style(request: Request) -> str:
        """The target with the account in front, whether it came in the path or in the host's name."""
        match = re.match(r"([a-z0-9]{3,24})\.(?:blob|dfs)\.", request.header("Host"))
        return f"/{match[1]}{request.target}" if match else request.target

    def _check(self, request: Request, account: StorageAccount, path: str) -> Answer | None:
        if account.firewall:
            return storage_error(403, "AuthorizationFailure",
                                 "This request is not authorized to perform this operation.")
        scheme, _, token = request.header("Authorization").partition(" ")
        return self._check_token(request, account, path, token.strip()) if scheme.lower() == "bearer" else None

    def _check_token(self, request: Request, account: StorageAccount, path: str, token: str) -> Answer | None:
        if request.header("x-ms-version") < "2017-11-09":
            return storage_error(400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the "
                                 "correct format: x-ms-version is required for tokens.")
        claims = self._tokens.read(token)
        if not claims or not self._tokens.is_alive(claims):
            return self._challenge(account, "Lifetime validation failed." if claims else "Signature validation failed.")
        if claims["tid"] != account.tenant:
            return self._challenge(account, "Issuer validation failed.")
        scope = account.resource_id
        if container := path.partition("/")[0]:
            scope += f"/blobServices/default/containers/{container}"
        action = "blob/read" if request.method in READING else "blob/write"
        if not self._world.may(claims["appid"], action, scope):
            return storage_error(403, "AuthorizationPermissionMismatch", "This request is not authorized to perform "
                                 "this operation using this permission.")
        return None

    @staticmethod
    def _challenge(account: StorageAccount, why: str) -> Answer:
        answer = storage_error(401, "InvalidAuthenticationInfo", f"Server failed to authenticate the request. {why}")
        answer.headers["WWW-Authenticate"] = (
            f"Bearer authorization_uri=https://login.microsoftonline.com/{account.tenant}/oauth2/authorize "
            f"resource_id={STORAGE}")
        return answer

    def _forward(self, request: Request, target: str) -> Answer:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_HEADERS}
        headers["Host"] = f"127.0.0.1:{self._azurite.port}"
        if request.body or request.method in ("PUT", "POST"):
            headers["Content-Length"] = str(len(request.body))
        status, answered, body = self.send(request.method, target, headers, request.body)
        kept = {name: value for name, value in answered.items() if name.lower() not in HOP_HEADERS}
        if status == 403 and b"Server failed to authenticate the request" in body:
            return self._authentication_failed(request)
        if request.method == "HEAD":
            kept["Content-Length"] = answered.get("Content-Length", answered.get("content-length", "0"))
        return Answer(status, body, kept)

    @staticmethod
    def _authentication_failed(request: Request) -> Answer:
        """As Azure says it; Azurite calls it AuthorizationFailure and tells no detail."""
        now = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        expiry = request.query.get("se", "")
        expired = expiry and parse_time(expiry).timestamp() < time.time()
        detail = (f"Signature not valid in the specified time frame: Start [{request.query.get('st', '')}] - Expiry "
                  f"[{expiry}] - Current [{now}]" if expired else "Signature did not match.")
        answer = storage_error(403, "AuthenticationFailed", "Server failed to authenticate the request. Make sure the "
                               "value of Authorization header is formed correctly including the signature.")
        answer.body = answer.body.replace(
            b"</Error>", f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>".encode())
        return answer

    def _list(self, request: Request, account: StorageAccount, target: str) -> Answer:
        """A list as the world wants it: short pages, empty ones, folders, encoded names."""
        path, _, query = target.partition("?")
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        marker = dict(pairs).get("marker", "")
        real_marker = marker.removeprefix(EMPTY_MARK)
        if account.empty_pages and not marker.startswith(EMPTY_MARK):
            nothing = {name: value for name, value in pairs if name != "marker"}
            return self._forward_list(request, account, path, {**nothing, "prefix": NO_PREFIX}, EMPTY_MARK + marker)
        wanted = {**dict(pairs), "marker": real_marker}
        if account.page_size:
            wanted["maxresults"] = str(account.page_size)
        if not real_marker:
            wanted.pop("marker")
        return self._forward_list(request, account, path, wanted, "")

    def _forward_list(self, request: Request, account: StorageAccount, path: str, query: dict[str, str],
                      marker: str) -> Answer:
        answer = self._forward(request, f"{path}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}")
        if answer.status != 200:
            return answer
        text = answer.body.decode("utf-8")
        if marker:
            text = text.replace(f"<Prefix>{NO_PREFIX}</Prefix>", "<Prefix/>")
            escaped = xml.sax.saxutils.escape(marker)
            text = re.sub(r"<NextMarker\s*/>|<NextMarker></NextMarker>", f"<NextMarker>{escaped}</NextMarker>", text)
        if account.hierarchical:
            text = _with_folders(text, query.get("prefix", ""))
        if account.encoded_names:
            text = re.sub(r"<Name>([^<]*)</Name>", _encoded_name, text)
        answer.body = text.encode("utf-8")
        return answer


def _encoded_name(match: re.Match) -> str:
    name = xml.sax.saxutils.unescape(match[1])
    return f'<Name Encoded="true">{urllib.parse.quote(name, safe="")}</Name>'


def _with_folders(text: str, prefix: str) -> str:
    """Puts the folders of the page's blobs before them, as accounts with a hierarchical namespace list them."""
    told: set[str] = set()

    def with_folders_of(match: re.Match) -> str:
        parts = xml.sax.saxutils.unescape(match[1]).split("/")[:-1]
        names = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        new = [name for name in names if name.startswith(prefix) and name not in told]
        told.update(names)
        return "".join(_FOLDER.format(name=xml.sax.saxutils.escape(name)) for name in new) + match[0]

    return re.sub(r"<Blob><Name>([^<]*)</Name>", with_folders_of, text)


_FOLDER = ("<Blob><Name>{name}</Name><Properties><Creation-Time>Wed, 01 Jul 2026 00:00:00 GMT</Creation-Time>"
           "<Last-Modified>Wed, 01 Jul 2026 00:00:00 GMT</Last-Modified><Etag>0x8DD68B2C3A1F2E0</Etag>"
           "<ResourceType>directory</ResourceType><Content-Length>0</Content-Length>"
           "<Content-Type>application/octet-stream</Content-Type><BlobType>BlockBlob</BlobType>"
           "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState></Properties>"
           "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>")


def state_of(account: StorageAccount) -> dict[str, Any]:
    return {name: value for name, value in vars(account).items() if name != "key"}
