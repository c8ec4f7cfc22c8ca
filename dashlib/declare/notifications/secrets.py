"""Where secrets are, and what looks like one in a declaration."""

from __future__ import annotations

import re
import urllib.parse
from typing import Literal

import attrs

from dashlib.declare.arguments import checked
from dashlib.errors import DeclarationError
from dashlib.values import Value

_ENVIRONMENT_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_SECRET_FILE = re.compile(r"/[\w./-]+")

# Services whose webhook URL is itself the secret: whoever knows it may post.
_SECRET_URLS = re.compile(
    r"hooks\.slack\.com|discord(?:app)?\.com/api/webhooks|webhook\.office\.com|outlook\.office\.com/webhook"
    r"|chat\.googleapis\.com|hooks\.zapier\.com|logic\.azure\.com|api\.telegram\.org/bot",
    re.IGNORECASE,
)
_SECRET_PARAMETERS = re.compile(
    r"(?:^|[_-])(?:token|key|apikey|secret|password|passwd|pwd|auth|sig|signature)$", re.IGNORECASE
)
# A path segment that a person would not choose: long, with letters and digits mixed, as tokens are. Words with dashes
# and a few digits (`debezium-alerts-v2`) are none.
_TOKEN = re.compile(r"(?=[^-]*[0-9])(?=[^-]*[A-Za-z])[A-Za-z0-9_]{20,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def find_secret(text: str) -> str:
    """Return what in a string is a secret, in words that do not repeat it; empty if nothing looks like one.

    Args:
        text: a URL, or `host:port`.
    """
    try:
        url = urllib.parse.urlsplit(text if "://" in text else f"//{text}")
    except ValueError:
        return ""
    if "@" in url.netloc:
        return "a user name or password before the '@'"
    if _SECRET_URLS.search(text):
        return "a webhook URL that anybody who knows it can post to"
    for name, value in urllib.parse.parse_qsl(url.query):
        if value and _SECRET_PARAMETERS.search(name):
            return f"the parameter {name!r}"
    if any(_TOKEN.fullmatch(segment) for segment in url.path.split("/")):
        return "a part of the path that looks like a token"
    return ""


@checked
@attrs.frozen(repr=False)
class Secret(Value):
    """Where a secret is; never the secret itself. Made by `Secret.env` and `Secret.file`.

    `str()` is `${env:NAME}` or `${file:/path}`: what compiled data holds in the secret's place.

    Attributes:
        kind: `env` for an environment variable, `file` for a file.
        name: of the variable, or absolute path of the file.
    """

    kind: Literal["env", "file"] = attrs.field()
    name: str = attrs.field()

    # The messages below never repeat the value: it may be the secret.
    @kind.validator
    def _check_kind(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if value not in ("env", "file"):
            raise DeclarationError("make a Secret with Secret.env('NAME') or Secret.file('/path')")

    @name.validator
    def _check_name(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if self.kind == "env" and not (isinstance(value, str) and _ENVIRONMENT_NAME.fullmatch(value)):
            raise DeclarationError(
                "Secret.env takes the name of an environment variable in capitals, for example SLACK_URL; the given "
                "value is not one (it is not shown, as it may be the secret itself)"
            )
        if self.kind == "file" and not (isinstance(value, str) and _SECRET_FILE.fullmatch(value)):
            raise DeclarationError(
                "Secret.file takes the absolute path of a file, for example /run/secrets/slack_url; the given value is "
                "not one (it is not shown, as it may be the secret itself)"
            )

    @classmethod
    def env(cls, name: str) -> Secret:
        """Return the secret in an environment variable, for example `Secret.env("SLACK_URL")`."""
        return cls("env", name)

    @classmethod
    def file(cls, path: str) -> Secret:
        """Return the secret in a file, for example `Secret.file("/run/secrets/slack_url")`."""
        return cls("file", path)

    def __str__(self) -> str:
        """Return the reference that stands in compiled data."""
        return f"${{{self.kind}:{self.name}}}"


def has_no_secret(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Refuse a secret; for attrs classes of dashlib."""
    found = find_secret(value)
    if found:
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} contains {found}, which must not be in a declaration (it is "
            "not shown); say where to find it, with Secret.file('/run/secrets/name') or Secret.env('NAME')"
        )
