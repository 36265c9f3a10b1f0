"""Keys, certificates and signed tokens, with nothing but Python and the `openssl` command.

RSA is arithmetic on integers here. That is slow and leaks time, which is of no weight in a test.
"""
import base64
import hashlib
import hmac
import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


class PublicKey(NamedTuple):
    n: int
    e: int

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8


class PrivateKey(NamedTuple):
    n: int
    e: int
    d: int

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.n, self.e)


# DER: tag, length, value, as far as keys and certificates need it.

def _read_der(data: bytes, at: int = 0) -> tuple[int, bytes, int]:
    """Tag, value, and where the next element begins."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    return tag, data[at:at + length], at + length


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, value, at = _read_der(data, at)
        found.append((tag, value))
    return found


def _integers(data: bytes) -> list[int]:
    return [int.from_bytes(value, "big") for tag, value in _elements(_read_der(data)[1]) if tag == 2]


def pem_blocks(text: str, label: str) -> list[bytes]:
    """The DER of every block with this label."""
    blocks = text.split(f"-----BEGIN {label}-----")[1:]
    return [base64.b64decode("".join(block.split(f"-----END {label}-----")[0].split())) for block in blocks]


def read_private_key(pem: str) -> PrivateKey:
    """Of PKCS#8 (what openssl 3 writes)."""
    version_algorithm_key = _elements(_read_der(pem_blocks(pem, "PRIVATE KEY")[0])[1])
    _, n, e, d = _integers(version_algorithm_key[2][1])[:4]
    return PrivateKey(n, e, d)


def certificate_key(der: bytes) -> PublicKey:
    fields = _elements(_read_der(_read_der(der)[1])[1])
    if fields[0][0] == 0xA0:  # the version, which may be left out
        fields = fields[1:]
    key_info = _elements(fields[5][1])
    n, e = _integers(key_info[1][1][1:])  # a bit string: its first byte counts unused bits
    return PublicKey(n, e)


# Signatures.

def _pkcs1_message(data: bytes, size: int) -> int:
    digest = _SHA256_PREFIX + hashlib.sha256(data).digest()
    return int.from_bytes(b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest, "big")


def sign_rs256(key: PrivateKey, data: bytes) -> bytes:
    size = key.public.size
    return pow(_pkcs1_message(data, size), key.d, key.n).to_bytes(size, "big")


def verify_rs256(key: PublicKey, data: bytes, signature: bytes) -> bool:
    return (len(signature) == key.size
            and pow(int.from_bytes(signature, "big"), key.e, key.n) == _pkcs1_message(data, key.size))


def _mask(seed: bytes, size: int) -> bytes:
    blocks = (hashlib.sha256(seed + count.to_bytes(4, "big")).digest() for count in range((size + 31) // 32))
    return b"".join(blocks)[:size]


def _pss_salted_hash(data: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(bytes(8) + hashlib.sha256(data).digest() + salt).digest()


def sign_ps256(key: PrivateKey, data: bytes, salt: bytes) -> bytes:
    bits = key.n.bit_length() - 1
    size = (bits + 7) // 8
    digest = _pss_salted_hash(data, salt)
    block = bytes(size - len(salt) - 34) + b"\1" + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mask(digest, len(block))))
    masked[0] &= 0xFF >> (8 * size - bits)
    message = int.from_bytes(bytes(masked) + digest + b"\xbc", "big")
    return pow(message, key.d, key.n).to_bytes(key.public.size, "big")


def verify_ps256(key: PublicKey, data: bytes, signature: bytes) -> bool:
    """With a salt of 32 bytes, as PS256 has it."""
    if len(signature) != key.size:
        return False
    bits = key.n.bit_length() - 1
    size = (bits + 7) // 8
    message = pow(int.from_bytes(signature, "big"), key.e, key.n).to_bytes(key.size, "big")[-size:]
    masked, digest = message[:size - 33], message[size - 33:-1]
    if message[-1] != 0xBC or masked[0] >> (8 - (8 * size - bits)) and 8 * size != bits:
        return False
    block = bytearray(a ^ b for a, b in zip(masked, _mask(digest, len(masked))))
    block[0] &= 0xFF >> (8 * size - bits)
    padding, mark, salt = bytes(block[:-33]), block[-33], bytes(block[-32:])
    return not any(padding) and mark == 1 and hmac.compare_digest(digest, _pss_salted_hash(data, salt))


VERIFIERS = {"RS256": verify_rs256, "PS256": verify_ps256}


# JSON web tokens.

def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_jwt(key: PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed as `header["alg"]` says."""
    text = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    data = text.encode()
    if header["alg"] == "PS256":
        signature = sign_ps256(key, data, hashlib.sha256(data).digest())
    else:
        signature = sign_rs256(key, data)
    return f"{text}.{base64url(signature)}"


class Jwt(NamedTuple):
    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: PublicKey) -> bool:
        verify = VERIFIERS.get(self.header.get("alg", ""))
        return verify is not None and verify(key, self.signed, self.signature)


def read_jwt(text: str) -> Jwt | None:
    """Nothing when it is no token."""
    try:
        header, claims, signature = text.split(".")
        read = [json.loads(from_base64url(part)) for part in (header, claims)]
        if not all(isinstance(part, dict) for part in read):
            return None
        return Jwt(read[0], read[1], f"{header}.{claims}".encode(), from_base64url(signature))
    except (ValueError, TypeError):
        return None


# Certificates, made by openssl.

def openssl(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          encoding="utf-8", check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout


class ServerFiles(NamedTuple):
    ca: Path
    certificate: Path
    key: Path


def make_server_files(folder: Path, names: list[str]) -> ServerFiles:
    """A certificate authority for this run, and a server's certificate for 127.0.0.1, localhost and these names."""
    alternatives = ",".join(["IP:127.0.0.1", "IP:::1", "DNS:localhost", *(f"DNS:{name}" for name in names)])
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Stand-in authority",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.pem", folder=folder)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "server.key",
            "-out", "server.csr", folder=folder)
    (folder / "server.ext").write_text(
        f"subjectAltName={alternatives}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n", encoding="utf-8")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "30", "-extfile", "server.ext", "-out", "server.pem", folder=folder)
    return ServerFiles(folder / "ca.pem", folder / "server.pem", folder / "server.key")


def make_client_certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate with its key in one PEM file, as applications sign in with."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.crt", folder=folder)
    file = folder / f"{name}.pem"
    file.write_text((folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text(), encoding="ascii")
    openssl("pkcs12", "-export", "-in", f"{name}.crt", "-inkey", f"{name}.key", "-out", f"{name}.pfx",
            "-passout", "pass:", folder=folder)
    return file


def make_private_key(folder: Path) -> PrivateKey:
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "signing.key", folder=folder)
    return read_private_key((folder / "signing.key").read_text(encoding="ascii"))
