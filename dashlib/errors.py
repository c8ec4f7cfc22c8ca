"""What dashlib says when something is wrong: one whole sentence, the place, and an exit code.

```
DashlibError                exit code 2: wrong use
├── DeclarationError        a declaration is wrong; carries the file and line
├── ConfigurationError      pyproject.toml is wrong
├── OutputError             a compiled file could not be read or written
└── RemoteError          exit code 3: Grafana or Prometheus failed
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashlib.sources import Source


class DashlibError(Exception):
    """A mistake that a person can mend, said in one message that names the place.

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
    """Return an error that is none of dashlib's in the words of a message."""
    try:
        said = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # an error of somebody else's may do anything
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


class DeclarationError(DashlibError, ValueError):
    """A declaration (dashboard, panel, signal, threshold set, rule) is wrong."""


class NoSuchAttributeError(DeclarationError, AttributeError):
    """A declaration asks for an attribute that a thing of dashlib's does not have; `hasattr` still says no."""


class ConfigurationError(DashlibError):
    """`[tool.dashlib]` in `pyproject.toml` is wrong."""


class OutputError(DashlibError):
    """A compiled file could not be read or written."""


class AccessError(DashlibError):
    """A server, or who we are there, is named wrongly, or not at all."""


class RemoteError(DashlibError):
    """Another program (Grafana, Prometheus, Kafka Connect, promtool) could not be reached, or failed."""

    exit_code = 3


class UnreachableError(RemoteError):
    """A server could not be asked, does not know us, or is another server: no further question makes sense."""


class RefusedError(RemoteError):
    """A server said no to one request; it did not happen.

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
    """A write got no usable answer, so that nobody knows whether it happened: look before it is sent again."""
