"""`${env:NAME}` and `${file:/path}`: how a declaration names a secret, and how it is kept out of sight.

References are resolved at push and nowhere else. Only a fingerprint of a value is remembered: 16 bits, salted and slow
to compute. That is enough to notice that a value was replaced, and too little to confirm a guess.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dashlib.documents.values import texts_in
from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.grafana.json_types import JsonValue

REFERENCE = re.compile(r"\$\{(env|file):([^}]+)\}")
REDACTED = "[REDACTED]"  # what Grafana returns in place of a secret
HIDDEN = "(secret)"  # what dashlib shows
# scrypt's N: some milliseconds for each guess at a secret.
_FINGERPRINT_COST = 1 << 12
_FINGERPRINT_BYTES = 2


class SecretError(DashlibError):
    """A secret that a declaration refers to is missing; exit code 2.

    Attributes:
        needs: what is needed; follows the name of what needs it.
    """

    def __init__(self, said: str, needs: str) -> None:
        super().__init__(f"{said} {needs}")
        self.needs = needs


def references(data: object) -> Iterator[tuple[str, str]]:
    """Yield pointer and value of every string that contains a reference."""
    return ((pointer, text) for pointer, text in texts_in(data) if REFERENCE.search(text))


def resolve(text: str, environment: Mapping[str, str], said: str) -> str:
    """Return a string with its references resolved.

    Args:
        text: what is declared.
        environment: where `${env:…}` is looked up.
        said: what needs the secret, for the message.

    Raises:
        SecretError: one is missing; the message names the reference, never a value.
    """

    def value(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "env":
            if not environment.get(name):
                raise SecretError(said, f"needs the secret {match.group(0)}: export {name} before the push")
            return environment[name]
        try:
            return Path(name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SecretError(said, f"needs the secret {match.group(0)}, which cannot be read: {reason}") from None

    return REFERENCE.sub(value, text)


def resolved(data: JsonValue, environment: Mapping[str, str], said: str) -> JsonValue:
    """Return data with every reference resolved; see `resolve`."""
    if isinstance(data, str):
        return resolve(data, environment, said)
    if isinstance(data, dict):
        return {key: resolved(value, environment, said) for key, value in data.items()}
    if isinstance(data, list):
        return [resolved(value, environment, said) for value in data]
    return data


def fingerprint(value: str, salt: bytes = b"") -> str:
    """Return `salt:fingerprint` of a secret, in hexadecimal; with a new salt if none is given."""
    salt = salt or os.urandom(8)
    made = hashlib.scrypt(value.encode(), salt=salt, n=_FINGERPRINT_COST, r=8, p=1, dklen=_FINGERPRINT_BYTES)
    return f"{salt.hex()}:{made.hex()}"


def matches(value: str, remembered: str) -> bool:
    """Tell whether a secret is the one of a remembered fingerprint."""
    salt, _, _ = remembered.partition(":")
    try:
        return fingerprint(value, bytes.fromhex(salt)) == remembered
    except ValueError:
        return False


def at(data: JsonValue, pointer: str) -> JsonValue:
    """Return the value at a pointer; None if nothing is there."""
    for part in pointer.split("/")[1:]:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def masked(data: JsonValue, texts: Mapping[str, str], pointer: str = "") -> JsonValue:
    """Return data with the string at each pointer replaced; pointers that match nothing are ignored."""
    if pointer in texts and isinstance(data, str):
        return texts[pointer]
    if isinstance(data, dict):
        return {key: masked(value, texts, f"{pointer}/{key}") for key, value in data.items()}
    if isinstance(data, list):
        return [masked(value, texts, f"{pointer}/{index}") for index, value in enumerate(data)]
    return data
