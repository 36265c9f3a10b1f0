"""Shared access signatures: of an account, and of a container or blob (version 2022-11-02)."""
import base64
import datetime
import hashlib
import hmac
import urllib.parse

VERSION = "2022-11-02"


def _time(time: datetime.datetime) -> str:
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _query(key: str, text: str, parts: dict[str, str]) -> str:
    signature = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    given = {name: value for name, value in parts.items() if value}
    return urllib.parse.urlencode({**given, "sig": base64.b64encode(signature).decode()})


def account_sas(account: str, key: str, permissions: str, expires: datetime.datetime, services: str = "b",
                resource_types: str = "sco", starts: datetime.datetime | None = None, protocol: str = "https") -> str:
    start = _time(starts) if starts else ""
    parts = {"sv": VERSION, "ss": services, "srt": resource_types, "sp": permissions, "st": start,
             "se": _time(expires), "spr": protocol}
    text = "\n".join([account, permissions, services, resource_types, start, parts["se"], "", protocol, VERSION, "",
                      ""])
    return _query(key, text, parts)


def service_sas(account: str, key: str, container: str, permissions: str, expires: datetime.datetime, blob: str = "",
                starts: datetime.datetime | None = None, protocol: str = "https") -> str:
    """Of a blob when one is named, else of the container."""
    start, kind = (_time(starts) if starts else ""), ("b" if blob else "c")
    resource = f"/blob/{account}/{container}" + (f"/{blob}" if blob else "")
    parts = {"sv": VERSION, "st": start, "se": _time(expires), "sr": kind, "sp": permissions, "spr": protocol}
    text = "\n".join([permissions, start, parts["se"], resource, "", "", protocol, VERSION, kind, "", "", "", "", "",
                      "", ""])
    return _query(key, text, parts)
