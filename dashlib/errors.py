"""What dashlib reports when something is wrong: one whole sentence, the place, and an exit code.

Every error of dashlib's own; behind those that live with what raises them stands the module. The exit codes are 1 for
findings or drift, 2 for wrong use, and 3 where another program failed.

```
DashlibError                   2  a mistake that a person can fix
├── DeclarationError           2  a declaration is wrong; carries the file and line
│   ├── NoSuchAttributeError   2  it uses an attribute that an object of dashlib's does not have
│   ├── UnknownMetricError     2  it names a metric that the catalog does not have (metrics.catalog)
│   └── MissingInProfileError  2  it needs what an exporter's profile lacks (metrics.profiles)
├── PromQLError                2  an expression is not PromQL (promql)
├── ConfigurationError         2  `[tool.dashlib]` in pyproject.toml, or a file that it names, is wrong
│   └── AssetsMissingError     2  the preview's page lacks the library that draws it (preview.page)
├── RecordingError             2  a file is not a recording, or no recording has that name (recordings.recording)
├── OutputError                2  a compiled file could not be read or written
├── SchemaError                1  a compiled file does not fit its schema (schemas)
├── MetricsTextError           2  the text is not what an exporter's /metrics serves (metrics.exposition)
├── FileError                  2  a file for the doctor is neither a dashboard nor a rule file (doctor.sets)
├── GlanceError                2  what a panel is given is not what its queries answer (glance.answers)
├── OnlyError                  2  `--only` fits nothing (grafana.session)
├── SecretError                2  a secret is not in the environment (grafana.secret_references)
├── CheckError                 1  a check before a push found something; nothing was written (grafana.preflight)
├── AccessError                2  a server, or our login there, is configured wrongly
└── RemoteError                3  another program could not be reached, or failed
    ├── UnreachableError       3  a server does not answer, rejects our login, or is another server
    ├── RefusedError           3  a server refused one request; it did not happen
    │   └── ChangedMeanwhileError  3  somebody else changed what was about to be written (grafana.remote)
    └── AnswerError            3  the answer to one request is lost, late, too large, or not the API's
        ├── OutcomeUnknownError  3  of a write, so it is unknown whether it happened
        └── QueryError         3  Prometheus did not evaluate one query (servers.prometheus)
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashlib.sources import Source


class DashlibError(Exception):
    """A mistake that a person can fix, said in one message that names the place.

    Attributes:
        exit_code: what the command line ends with.
        source: where in the Python declarations it is, when that is known.
    """

    exit_code = 2

    def __init__(self, message: str, source: Source | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.source = source

    def __str__(self) -> str:
        """Return the message behind its place: `file:line: message`."""
        return f"{self.source}: {self.message}" if self.source is not None else self.message


def described(error: BaseException) -> str:
    """Return an error from outside dashlib in the words of a message."""
    try:
        # A validator of attrs also hands over the attribute and the value, which say the same to a program.
        of_attrs = len(error.args) > 1 and type(error.args[1]).__name__ == "Attribute"
        said = " ".join(str(error.args[0] if of_attrs else error).split())
        said = re.sub(r"<class '(?:builtins\.)?([\w.]+)'>", r"\1", said) if of_attrs else said
    except Exception:  # noqa: BLE001  # an error of somebody else's may do anything
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


class DeclarationError(DashlibError, ValueError):
    """A declaration (dashboard, panel, signal, threshold set, rule) is wrong."""


class NoSuchAttributeError(DeclarationError, AttributeError):
    """A declaration uses an attribute that an object of dashlib's does not have; `hasattr` still says no."""


class ConfigurationError(DashlibError):
    """`[tool.dashlib]` in `pyproject.toml` is wrong."""


class OutputError(DashlibError):
    """A compiled file could not be read or written."""


class AccessError(DashlibError):
    """A server, or our login there, is configured wrongly or not at all."""


class RemoteError(DashlibError):
    """Another program (Grafana, Prometheus, Kafka Connect, promtool) could not be reached, or failed."""

    exit_code = 3


class UnreachableError(RemoteError):
    """A server could not be reached, rejects our login, or is another server: further requests make no sense."""


class RefusedError(RemoteError):
    """A server refused one request; it did not happen.

    Attributes:
        status: the HTTP status.
        reason: what the server says.
    """

    def __init__(self, message: str, status: int, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class AnswerError(RemoteError):
    """The answer to one request is lost, came too late, is too large, or is not what the API gives."""


class OutcomeUnknownError(AnswerError):
    """A write got no usable answer, so it is unknown whether it happened: check before sending it again."""
