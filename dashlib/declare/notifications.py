"""Who is told of an alert, how, and when nobody is: one declaration for Alertmanager and for Grafana-managed alerting.

A `Notifications` object at module level is found like a `RuleGroup`. It compiles to Alertmanager's configuration
(`dashlib.compile.outputs.alertmanager_yaml`); Grafana's contact points, notification policies and mute timings are
made from the same objects. Secrets are never in it: a `Secret` says where one is.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked, nearest
from dashlib.declare.labels import LabelMatch, label_matches
from dashlib.declare.signals import duration
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Matchers: TypeAlias = "Mapping[str, LabelMatch]"

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ENVIRONMENT_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_TEMPLATE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_SECRET_FILE = re.compile(r"/[\w./-]+")
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9._-]+:[0-9]{1,5}")
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")

# --- secrets ---------------------------------------------------------------------------------------------------

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
    """Return what in a text is a secret, in words that do not repeat it; empty if nothing looks like one.

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
        return "a webhook address that anybody who knows it may post to"
    for name, value in urllib.parse.parse_qsl(url.query):
        if value and _SECRET_PARAMETERS.search(name):
            return f"the parameter {name!r}"
    if any(_TOKEN.fullmatch(segment) for segment in url.path.split("/")):
        return "a part of the path that looks like a token"
    return ""


@checked
@attrs.frozen
class Secret:
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
            raise DeclarationError("a Secret is made by Secret.env('NAME') or Secret.file('/path')")

    @name.validator
    def _check_name(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if self.kind == "env" and not (isinstance(value, str) and _ENVIRONMENT_NAME.fullmatch(value)):
            raise DeclarationError(
                "Secret.env takes the name of an environment variable in capitals, for example SLACK_URL; what was "
                "given is none (it is not shown, as it may be the secret itself)"
            )
        if self.kind == "file" and not (isinstance(value, str) and _SECRET_FILE.fullmatch(value)):
            raise DeclarationError(
                "Secret.file takes the absolute path of a file, for example /run/secrets/slack_url; what was given is "
                "none (it is not shown, as it may be the secret itself)"
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


def _has_no_secret(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    found = find_secret(value)
    if found:
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} holds {found}, which must not stand in a declaration (it is "
            "not shown); say where it is, with Secret.file('/run/secrets/name') or Secret.env('NAME')"
        )


# --- receivers -------------------------------------------------------------------------------------------------


def _texts(items: str | Iterable[str]) -> tuple[str, ...]:
    return (items,) if isinstance(items, str) else tuple(items)


def _is_filled(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip():
        raise DeclarationError(f"{type(instance).__name__} {attribute.name} must be a text that says something")


def _is_host_and_port(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    _has_no_secret(instance, attribute, value)
    if not _HOST_AND_PORT.fullmatch(value):
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} is host:port, for example mail.example.com:587; got {value!r}"
        )


def _is_address(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    _check_address(f"{type(instance).__name__} {attribute.name}", value)


def _check_address(what: str, value: str) -> None:
    if not _ADDRESS.fullmatch(value):
        raise DeclarationError(f"{what} is an e-mail address, for example platform@example.com; got {value!r}")


def _are_addresses(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    what = f"{type(instance).__name__} {attribute.name}"
    if not value:
        raise DeclarationError(f"{what} needs at least one e-mail address")
    for address in value:
        _check_address(what, address)


@checked
@attrs.frozen
class Email:
    """An e-mail.

    Attributes:
        to: its addresses, one or several.
        template: name of the `Template` that words it; empty for Alertmanager's own words.
        send_resolved: whether the end of an alert is told, too.
    """

    to: tuple[str, ...] = attrs.field(converter=_texts, validator=_are_addresses)
    template: str = attrs.field(kw_only=True, default="")
    send_resolved: bool = attrs.field(kw_only=True, default=True)


@checked
@attrs.frozen
class Slack:
    """A message in a Slack channel, by an incoming webhook.

    Attributes:
        channel: `#name` or an id.
        url: where the webhook's URL is.
        template: name of the `Template` that words it; empty for Alertmanager's own words.
        send_resolved: whether the end of an alert is told, too.
    """

    channel: str = attrs.field(validator=_is_filled)
    url: Secret = attrs.field(kw_only=True)
    template: str = attrs.field(kw_only=True, default="")
    send_resolved: bool = attrs.field(kw_only=True, default=True)


@checked
@attrs.frozen
class Webhook:
    """A POST of the alerts, as JSON, to somebody's own service.

    Attributes:
        url: where to; a `Secret` where the URL holds a token or a password.
        send_resolved: whether the end of an alert is told, too.
    """

    url: str | Secret = attrs.field()
    send_resolved: bool = attrs.field(kw_only=True, default=True)

    @url.validator
    def _check_url(self, attribute: attrs.Attribute[str], value: str | Secret) -> None:
        if isinstance(value, Secret):
            return
        _is_filled(self, attribute, value)
        _has_no_secret(self, attribute, value)
        parts = urllib.parse.urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DeclarationError(f"Webhook url is an http or https URL, or a Secret; got {value!r}")


@checked
@attrs.frozen
class PagerDuty:
    """An incident in PagerDuty, by its Events API v2.

    Attributes:
        routing_key: where the integration key is.
        template: name of the `Template` that words it; empty for Alertmanager's own words.
        send_resolved: whether the end of an alert resolves the incident.
    """

    routing_key: Secret
    template: str = attrs.field(kw_only=True, default="")
    send_resolved: bool = attrs.field(kw_only=True, default=True)


Integration: TypeAlias = Email | Slack | Webhook | PagerDuty


@checked
@attrs.frozen
class Smtp:
    """The mail server that Alertmanager sends e-mails through; Grafana has its own, in grafana.ini.

    Attributes:
        host: `host:port`.
        sender: the address that e-mails come from.
        user: name to log in with; empty for no login.
        password: where the password is.
        require_tls: whether a connection that does not change to TLS is given up.
    """

    host: str = attrs.field(validator=_is_host_and_port)
    sender: str = attrs.field(kw_only=True, validator=_is_address)
    user: str = attrs.field(kw_only=True, default="")
    password: Secret | None = attrs.field(kw_only=True, default=None)
    require_tls: bool = attrs.field(kw_only=True, default=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a login of which one half is missing."""
        if bool(self.user) != (self.password is not None):
            raise DeclarationError("Smtp needs user and password together, or neither")


def _integrations(items: Iterable[Integration]) -> tuple[Integration, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False)
class Receiver:
    """Somebody who is told: what Grafana calls a contact point.

    Attributes:
        name: what routes call it.
        integrations: ways to tell, all of them at once. None at all: alerts show in Alertmanager's own pages and are
            sent nowhere. (Grafana has no contact point without integrations: there, a route to such a receiver is
            one that is always muted.)
        source: where it was declared.
    """

    name: str = attrs.field(validator=_is_filled)
    integrations: tuple[Integration, ...] = attrs.field(converter=_integrations, default=())
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)


# --- matchers --------------------------------------------------------------------------------------------------

# What Go's regular expressions lack, and Python's have.
_NOT_IN_GO = re.compile(r"\(\?(?:=|!|<=|<!|P=|#|\()|\\[1-9]")


def _are_matchers(instance: object, attribute: attrs.Attribute[Matchers], value: Matchers) -> None:
    what = f"{type(instance).__name__} {attribute.name}"
    for name, match in value.items():
        _check_label_name(what, name)
        if match.operator in ("=~", "!~"):
            _check_regular_expression(what, name, match.value)


def _check_label_name(what: str, name: str) -> None:
    if not _LABEL_NAME.fullmatch(name):
        raise DeclarationError(f"{what}: {name!r} is no label name: letters, digits and '_', no digit first")


def _check_regular_expression(what: str, name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
        reason = "Go's regular expressions have no look-around and no back reference"
        wrong = _NOT_IN_GO.search(pattern) is not None
    except re.error as error:
        wrong, reason = True, str(error)
    if wrong:
        raise DeclarationError(
            f"{what}: {name} is no regular expression that Alertmanager takes: {pattern!r}: {reason}"
        )


def _alternatives(match: LabelMatch) -> tuple[str, ...] | None:
    """Return the only values that a matcher lets through; None if they cannot be listed."""
    if match.operator == "=":
        return (match.value,)
    if match.operator == "=~" and re.fullmatch(r"[\w|-]+", match.value):
        return tuple(match.value.split("|"))
    return None


def _contradict(first: LabelMatch, second: LabelMatch) -> bool:
    """Tell whether no value fits both; False where that cannot be told."""
    for one, other in ((first, second), (second, first)):
        values = _alternatives(one)
        if values is not None and not any(promql.passes(other, value) for value in values):
            return True
    return False


def _covers(wide: LabelMatch, narrow: LabelMatch | None) -> bool:
    """Tell whether every value that fits `narrow` fits `wide`; False where that cannot be told."""
    if narrow is None:
        return False
    values = _alternatives(narrow)
    return narrow == wide or (values is not None and all(promql.passes(wide, value) for value in values))


# --- routes ----------------------------------------------------------------------------------------------------


def _is_duration_or_inherited(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value:
        return
    what = f"{type(instance).__name__} {attribute.name}"
    try:
        seconds = promql.duration_seconds(value)
    except ValueError as error:
        raise DeclarationError(f"{what} must be a duration: {error}") from None
    if seconds == 0 and attribute.name != "group_wait":
        raise DeclarationError(f"{what} must be longer than nothing; got {value!r}")


def _label_names(items: Iterable[str]) -> tuple[str, ...]:
    return (items,) if isinstance(items, str) else tuple(items)


def _are_label_names(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    what = f"{type(instance).__name__} {attribute.name}"
    for name in value:
        _check_label_name(what, name)
    for index, name in enumerate(value):
        if name in value[:index]:
            raise DeclarationError(f"{what} names {name!r} twice")


def _routes(items: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False)
class Route:
    """Which alerts go to a receiver, and how they are put into messages: what Grafana calls a notification policy.

    An alert goes down the tree: at each route the first of its `routes` that fits takes it (and the next ones too,
    while a route that fits says `continue_`); where none fits, the route itself tells its receiver. What a route
    leaves empty it has from the one above.

    Attributes:
        receiver: name of the receiver.
        matchers: by label, what an alert must have: a text, `one_of(…)`, `none_of(…)` or a `LabelMatch`. The
            topmost route has none: it takes every alert.
        group_by: labels; alerts with the same values come in one message.
        group_wait: how long a new group waits for more alerts before its first message, a duration.
        group_interval: how long before what is new in a group is told, a duration.
        repeat_interval: how long before an unchanged message is sent again, a duration.
        continue_: whether the routes after this one are tried, too.
        mute: names of mute times, in which this route sends nothing.
        routes: below this one, in order.
        source: where it was declared.
    """

    receiver: str = ""
    matchers: Matchers = attrs.field(kw_only=True, factory=dict, converter=label_matches, validator=_are_matchers)
    group_by: tuple[str, ...] = attrs.field(
        kw_only=True, default=(), converter=_label_names, validator=_are_label_names
    )
    group_wait: str = attrs.field(kw_only=True, default="", converter=duration, validator=_is_duration_or_inherited)
    group_interval: str = attrs.field(kw_only=True, default="", converter=duration, validator=_is_duration_or_inherited)
    repeat_interval: str = attrs.field(
        kw_only=True, default="", converter=duration, validator=_is_duration_or_inherited
    )
    continue_: bool = attrs.field(kw_only=True, default=False)
    mute: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts)
    routes: tuple[Route, ...] = attrs.field(kw_only=True, default=(), converter=_routes)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)


def walk(route: Route) -> Iterator[Route]:
    """Yield a route and all below it, in the order in which they stand."""
    yield route
    for below in route.routes:
        yield from walk(below)


def _check_reachable(route: Route, given: Matchers) -> None:
    """Refuse routes that no alert can come to.

    Args:
        route: whose routes are checked.
        given: what an alert that came here has to have, by label.
    """
    earlier: list[Route] = []
    for below in route.routes:
        for name, match in below.matchers.items():
            if name in given and _contradict(given[name], match):
                raise DeclarationError(
                    f"no alert can come to this route: it wants {show_matcher(name, match)}, and the routes above it "
                    f"let only {show_matcher(name, given[name])} through",
                    below.source,
                )
        narrowed = {
            **given,
            **{name: match for name, match in below.matchers.items() if not _covers(match, given.get(name))},
        }
        for other in earlier:
            if all(_covers(match, narrowed.get(name)) for name, match in other.matchers.items()):
                raise DeclarationError(
                    f"no alert can come to this route: the one at {other.source} takes them all before it; put this "
                    "route first, or let that one continue_=True",
                    below.source,
                )
        if not below.continue_:
            earlier.append(below)
        _check_reachable(below, narrowed)


def _check_intervals(route: Route, group_interval: str, repeat_interval: str) -> None:
    """Refuse a repeat that is shorter than the group's interval: Alertmanager cannot keep it."""
    group_interval = route.group_interval or group_interval
    repeat_interval = route.repeat_interval or repeat_interval
    if promql.duration_seconds(repeat_interval) < promql.duration_seconds(group_interval):
        raise DeclarationError(
            f"a message cannot be repeated every {repeat_interval} when its group is looked at every {group_interval}; "
            "make repeat_interval the longer one",
            route.source,
        )
    for below in route.routes:
        _check_intervals(below, group_interval, repeat_interval)


def show_matcher(name: str, match: LabelMatch) -> str:
    """Return a matcher as Alertmanager writes it: `severity="critical"`."""
    value = match.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}{match.operator}"{value}"'


# --- inhibition ------------------------------------------------------------------------------------------------


@checked
@attrs.frozen(eq=False)
class Inhibit:
    """While an alert of one kind fires, those of another kind are not told, as they follow from it.

    To Alertmanager a label that two alerts do not have is equal. So `equal` asks for labels that are there: with
    `equal=["job", "connector"]` an alert without a connector neither silences nor is silenced. What may be missing on
    both sides, and must not differ otherwise, stands in `equal_or_absent`.

    Attributes:
        source: matchers of the alerts that silence.
        target: matchers of those that are silenced.
        equal: labels that both must have, with the same value.
        equal_or_absent: labels that have the same value, or that neither has.
        reason: why the one follows from the other; a comment for the reader.
        declared: where it was declared.
    """

    source: Matchers = attrs.field(kw_only=True, converter=label_matches, validator=_are_matchers)
    target: Matchers = attrs.field(kw_only=True, converter=label_matches, validator=_are_matchers)
    equal: tuple[str, ...] = attrs.field(kw_only=True, converter=_label_names, validator=_are_label_names)
    equal_or_absent: tuple[str, ...] = attrs.field(
        kw_only=True, default=(), converter=_label_names, validator=_are_label_names
    )
    reason: str = attrs.field(kw_only=True, validator=_is_filled)
    declared: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what would silence everything, or nothing."""
        if not self.source or not self.target:
            raise DeclarationError("an Inhibit needs matchers in source and in target; without, every alert fits")
        if self.source == self.target:
            raise DeclarationError("source and target of an Inhibit are the same alerts: that silences nothing")
        if not self.equal:
            raise DeclarationError(
                "an Inhibit needs labels that are equal on both sides, at least ['job']; without, an alert of one "
                "cluster silences those of all"
            )
        for label in self.equal:
            if label in self.equal_or_absent:
                raise DeclarationError(f"label {label!r} stands in equal and in equal_or_absent")
            for side in (self.source, self.target):
                if label in side and promql.passes(side[label], ""):
                    raise DeclarationError(
                        f"label {label!r} is in equal, so alerts must have it, and {show_matcher(label, side[label])} "
                        "lets those through that do not"
                    )


# --- mute times ------------------------------------------------------------------------------------------------

# As Alertmanager and Grafana count: a week begins on Sunday, and a range does not go over its end.
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_TIMES = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DAYS_IN_MONTH, _MONTHS_IN_YEAR = 31, 12


def _weekday(text: str) -> int | None:
    return _WEEKDAYS.index(text) if text in _WEEKDAYS else None


def _day_of_month(text: str) -> int | None:
    if not re.fullmatch(r"-?[0-9]{1,2}", text) or not 1 <= abs(int(text)) <= _DAYS_IN_MONTH:
        return None
    day = int(text)
    return day if day > 0 else _DAYS_IN_MONTH + 1 + day


def _month(text: str) -> int | None:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= _MONTHS_IN_YEAR else None


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{4}", text) else None


_RANGES = {
    "weekdays": (_weekday, "'monday' or 'monday:friday'; a week begins on Sunday, so a weekend is two of them"),
    "days_of_month": (_day_of_month, "'1', '1:5' or, from the month's end, '-3:-1'"),
    "months": (_month, "'january', '1:3' or 'january:march'"),
    "years": (_year, "'2027' or '2027:2028'"),
}


def _are_ranges(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    number, example = _RANGES[attribute.name]
    for text in value:
        ends = [number(end) for end in text.split(":")]
        first, last = ends[0], ends[-1]
        if len(ends) not in (1, 2) or first is None or last is None or first > last:
            raise DeclarationError(f"{type(instance).__name__} {attribute.name} are {example}; got {text!r}")


@checked
@attrs.frozen
class Period:
    """A time that comes again. What is left empty is always.

    Attributes:
        times: of the day, as `22:00-24:00`; a night is two of them.
        weekdays: `monday` or `monday:friday`.
        days_of_month: `1`, `1:5`, or from the end `-3:-1`.
        months: `january`, `1:3`.
        years: `2027`, `2027:2028`.
    """

    times: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts)
    weekdays: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts, validator=_are_ranges)
    days_of_month: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts, validator=_are_ranges)
    months: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts, validator=_are_ranges)
    years: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts, validator=_are_ranges)

    @times.validator
    def _check_times(self, _attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
        for text in value:
            if not _TIMES.fullmatch(text) or text[:5] >= text[6:]:
                raise DeclarationError(
                    f"Period times are as '22:00-24:00', the start before the end (a night is two: '22:00-24:00' and "
                    f"'00:00-06:00'); got {text!r}"
                )

    def interval(self, location: str) -> dict[str, object]:
        """Return the period as Alertmanager and Grafana write it, in one of their `time_intervals`.

        Args:
            location: a time zone of the IANA database, or `UTC`.
        """
        written: dict[str, object] = {}
        if self.times:
            written["times"] = [{"start_time": text[:5], "end_time": text[6:]} for text in self.times]
        for name in ("weekdays", "days_of_month", "months", "years"):
            if getattr(self, name):
                written[name] = list(getattr(self, name))
        # Alertmanager and Grafana count in UTC where nothing is said.
        if location != "UTC":
            written["location"] = location
        return written


def _is_time_zone(name: str) -> bool:
    if name == "UTC":
        return True
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return False
    return True


def _periods(items: Period | Iterable[Period]) -> tuple[Period, ...]:
    return (items,) if isinstance(items, Period) else tuple(items)


@checked
@attrs.frozen(eq=False)
class MuteTime:
    """Times in which a route that names it sends nothing: what Grafana calls a mute timing.

    Attributes:
        name: what routes call it.
        periods: in any of them it holds.
        location: time zone, a name of the IANA database such as `Europe/Berlin`.
        source: where it was declared.
    """

    name: str = attrs.field(validator=_is_filled)
    periods: tuple[Period, ...] = attrs.field(converter=_periods)
    location: str = attrs.field(kw_only=True, default="UTC")
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @periods.validator
    def _check_periods(self, _attribute: attrs.Attribute[object], value: tuple[object, ...]) -> None:
        if not value:
            raise DeclarationError(f"mute time {self.name!r} is made of at least one Period")

    @location.validator
    def _check_location(self, _attribute: attrs.Attribute[str], value: str) -> None:
        # A machine without the database cannot tell; Alertmanager then will.
        if not _is_time_zone(value) and _is_time_zone("Europe/London"):
            raise DeclarationError(
                f"mute time {self.name!r}: {value!r} is no time zone of the IANA database, such as Europe/Berlin or UTC"
            )

    @property
    def intervals(self) -> list[dict[str, object]]:
        """Its periods as Alertmanager and Grafana write them: the list `time_intervals`."""
        return [period.interval(self.location) for period in self.periods]


# --- templates -------------------------------------------------------------------------------------------------


def _links() -> dict[str, str]:
    return {"Graph": "dashboard_url", "Runbook": "runbook_url"}


@checked
@attrs.frozen(eq=False)
class Template:
    """How a message reads: what fires, on what, since when, how bad it is, and where to look.

    Its headline is the alerts' annotation `summary`; each alert then has a line of its own with the labels of
    `identity`, the time, the annotation `description` (which holds the value) and the links.

    Attributes:
        name: what integrations call it; lower case letters, digits, `_` and `-`.
        identity: labels that say what an alert is about, in the order in which they are shown; those that an alert
            does not have are left out.
        links: caption → annotation that holds the URL.
        most: how many alerts of a group are shown one by one; the message says how many more there are.
        source: where it was declared.
    """

    name: str = attrs.field()
    identity: tuple[str, ...] = attrs.field(
        kw_only=True, default=("connector", "server", "job"), converter=_label_names, validator=_are_label_names
    )
    links: Mapping[str, str] = attrs.field(kw_only=True, factory=_links)
    most: int = attrs.field(kw_only=True, default=10)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @name.validator
    def _check_name(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if not _TEMPLATE_NAME.fullmatch(value):
            raise DeclarationError(
                f"a template's name is lower case letters, digits, '_' and '-', for example 'debezium'; got {value!r}"
            )

    @identity.validator
    def _check_identity(self, _attribute: attrs.Attribute[object], value: tuple[str, ...]) -> None:
        if not value:
            raise DeclarationError(f"template {self.name!r} needs at least one label that says what an alert is about")

    @links.validator
    def _check_links(self, _attribute: attrs.Attribute[object], value: Mapping[str, str]) -> None:
        for caption, annotation in value.items():
            _check_label_name(f"template {self.name!r}: links", annotation)
            if not re.fullmatch(r"[^\"`{}<>|&\n]+", caption):
                raise DeclarationError(f"template {self.name!r}: a link's caption is a plain text; got {caption!r}")

    @most.validator
    def _check_most(self, _attribute: attrs.Attribute[int], value: int) -> None:
        if value < 1:
            raise DeclarationError(f"template {self.name!r} shows at least 1 alert; got {value!r}")


# --- the whole -------------------------------------------------------------------------------------------------


def _receivers(items: Iterable[Receiver]) -> tuple[Receiver, ...]:
    return tuple(items)


def _inhibits(items: Iterable[Inhibit]) -> tuple[Inhibit, ...]:
    return tuple(items)


def _mute_times(items: Iterable[MuteTime]) -> tuple[MuteTime, ...]:
    return tuple(items)


def _templates(items: Iterable[Template]) -> tuple[Template, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False)
class Notifications:
    """Everything about who is told of an alert. A project has one.

    Attributes:
        receivers: who is told, and how.
        route: the topmost route; it takes every alert.
        inhibit: which alerts are silent while others fire. (Grafana-managed alerting has no inhibition.)
        mute_times: that routes name.
        templates: that integrations name.
        smtp: mail server of Alertmanager's e-mails.
        source: where it was declared.
    """

    receivers: tuple[Receiver, ...] = attrs.field(kw_only=True, converter=_receivers)
    route: Route = attrs.field(kw_only=True)
    inhibit: tuple[Inhibit, ...] = attrs.field(kw_only=True, default=(), converter=_inhibits)
    mute_times: tuple[MuteTime, ...] = attrs.field(kw_only=True, default=(), converter=_mute_times)
    templates: tuple[Template, ...] = attrs.field(kw_only=True, default=(), converter=_templates)
    smtp: Smtp | None = attrs.field(kw_only=True, default=None)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse names that nobody defined or nobody uses, and routes that no alert comes to."""
        self._check_top()
        self._check_names()
        _check_reachable(self.route, {})
        _check_intervals(self.route, "5m", "4h")

    def _check_names(self) -> None:
        routes = list(walk(self.route))
        used = {
            "receiver": [(route.receiver, route.source) for route in routes if route.receiver],
            "mute time": [(name, route.source) for route in routes for name in route.mute],
            "template": [
                (integration.template, receiver.source)
                for receiver in self.receivers
                for integration in receiver.integrations
                if not isinstance(integration, Webhook) and integration.template
            ],
        }
        _check_defined("receiver", self.receivers, used["receiver"])
        _check_defined("mute time", self.mute_times, used["mute time"])
        _check_defined("template", self.templates, used["template"])

    def _check_top(self) -> None:
        top = self.route
        if not top.receiver:
            raise DeclarationError("the topmost route needs a receiver: it takes what no other route takes", top.source)
        for name, found in (("matchers", top.matchers), ("mute", top.mute), ("continue_", top.continue_)):
            if found:
                raise DeclarationError(f"the topmost route takes every alert, always: it has no {name}", top.source)


def _check_defined(
    what: str,
    defined: Sequence[Receiver] | Sequence[MuteTime] | Sequence[Template],
    used: Sequence[tuple[str, Source]],
) -> None:
    """Refuse a name that is used and not defined, defined twice, or defined and not used."""
    places: dict[str, Source] = {}
    for item in defined:
        if item.name in places:
            raise DeclarationError(
                f"{what} {item.name!r} is defined twice; the other is at {places[item.name]}", item.source
            )
        places[item.name] = item.source
    for name, source in used:
        if name not in places:
            hint = nearest(name, places, otherwise="defined are")
            raise DeclarationError(f"nobody defined the {what} {name!r}; {hint}", source)
    names = {name for name, _ in used}
    for name, source in places.items():
        if name not in names:
            by = "receiver" if what == "template" else "route"
            raise DeclarationError(f"{what} {name!r} is used by no {by}; take it away, or use it", source)
