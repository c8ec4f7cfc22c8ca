"""An Alertmanager that runs on 127.0.0.1, and somebody who gets its messages."""

from __future__ import annotations

import contextlib
import queue
import threading
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import orjson
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from attrs import field, frozen
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.e2e.errors import StackError
from tests.e2e.network import answers, free_ports, get, request
from tests.e2e.processes import Process
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import EmailMessage
    from email.message import Message as AnyMessage
    from pathlib import Path

LOOPBACK = "127.0.0.1"
SECONDS = 60


@frozen
class Alertmanager:
    """A running Alertmanager.

    Attributes:
        url: where its API is.
        process: the server.
    """

    url: str
    process: Process

    def post(self, *alerts: Mapping[str, object]) -> None:
        """Give it alerts, as Prometheus does."""
        request("POST", f"{self.url}/api/v2/alerts", list(alerts))

    def alerts(self, **labels: str) -> list[dict[str, Any]]:
        """Return the alerts that have these labels."""
        filters = "&".join(f'filter={name}%3D"{value}"' for name, value in labels.items())
        found: list[dict[str, Any]] = orjson.loads(get(f"{self.url}/api/v2/alerts?{filters}"))
        return found

    def metric(self, name: str, **labels: str) -> float:
        """Return the value of one of its own metrics; 0 where there is no such series."""
        given = ",".join(f'{key}="{value}"' for key, value in labels.items())
        series = f"{name}{{{given}}} "
        lines = get(f"{self.url}/metrics").decode().splitlines()
        return next((float(line.removeprefix(series)) for line in lines if line.startswith(series)), 0.0)


@contextlib.contextmanager
def running(program: str, folder: Path, configuration: Mapping[str, object]) -> Iterator[Alertmanager]:
    """Start an Alertmanager and stop it at the end.

    Args:
        program: of it.
        folder: for its configuration, data and log; templates are there already.
        configuration: what it is given.
    """
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(configuration, sort_keys=False))
    alertmanager = _started(program, folder, file)
    try:
        yield alertmanager
    finally:
        alertmanager.process.stop()


def _started(program: str, folder: Path, file: Path, attempts: int = 3) -> Alertmanager:
    (port,) = free_ports(1)
    url = f"http://{LOOPBACK}:{port}"
    process = Process.start(
        "alertmanager",
        [
            program,
            f"--config.file={file}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--web.external-url=http://localhost:9093",
            "--web.route-prefix=/",
            "--cluster.listen-address=",
        ],
        folder / "log",
    )
    try:
        wait_until(lambda: answers(f"{url}/-/ready"), "Alertmanager does not answer", seconds=SECONDS, watched=process)
    except StackError:
        process.stop()
        # Somebody may have taken the port between our asking for it and Alertmanager's.
        if attempts == 1 or "address already in use" not in (folder / "log").read_text():
            raise
        return _started(program, folder, file, attempts - 1)
    return Alertmanager(url, process)


@frozen
class Mailbox:
    """Whoever gets Slack's messages and e-mails.

    Attributes:
        slack_url: webhook of the Slack stand-in.
        smtp: `host:port` of the mail server.
    """

    slack_url: str
    smtp: str
    _posts: queue.Queue[dict[str, Any]] = field(factory=queue.Queue, repr=False)
    _mails: queue.Queue[EmailMessage] = field(factory=queue.Queue, repr=False)

    def slack(self, title: str = "") -> dict[str, Any]:
        """Return the next Slack message's attachment, when it comes; with a title, the next of that title.

        Alertmanager may send a group before all of its alerts have come, and again when they have.
        """
        while True:
            found: dict[str, Any]
            (found,) = self._posts.get(timeout=SECONDS)["attachments"]
            if title in ("", found["title"]):
                return found

    def mail(self) -> EmailMessage:
        """Return the next e-mail, when it comes."""
        return self._mails.get(timeout=SECONDS)


class _Postbox(Message):
    def __init__(self, mails: queue.Queue[EmailMessage]) -> None:
        super().__init__()
        self.mails = mails

    def handle_message(self, message: AnyMessage) -> None:
        self.mails.put(BytesParser(policy=policy.default).parsebytes(message.as_bytes()))


@contextlib.contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Open a Slack stand-in and a mail server on 127.0.0.1, and close them at the end."""
    posts: queue.Queue[dict[str, Any]] = queue.Queue()
    mails: queue.Queue[EmailMessage] = queue.Queue()

    @Request.application
    def slack(asked: Request) -> Response:
        posts.put(orjson.loads(asked.get_data()))
        return Response("ok")

    (smtp_port,) = free_ports(1)
    http = make_server(LOOPBACK, 0, slack, threaded=True)
    smtp = Controller(_Postbox(mails), hostname=LOOPBACK, port=smtp_port)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    smtp.start()
    try:
        yield Mailbox(f"http://{LOOPBACK}:{http.server_port}/hook", f"{LOOPBACK}:{smtp_port}", posts, mails)
    finally:
        smtp.stop()
        http.shutdown()
        http.server_close()
        thread.join()
