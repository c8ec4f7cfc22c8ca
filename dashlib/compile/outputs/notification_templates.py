"""Message templates: from a `Template` to the definitions that Alertmanager's own template engine renders.

Only functions of Alertmanager 0.25 are used. A definition that an integration uses is given one notification: the
alerts of a group (https://prometheus.io/docs/alerting/latest/notifications/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.compile.outputs import Output
from dashlib.compile.readable import counted
from dashlib.documents.document import Document, Origin

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from dashlib.compile.outputs import Compilation
    from dashlib.declare.notifications import Notifications
    from dashlib.declare.notifications.templates import Template

# Beside Alertmanager's configuration, which names it.
FOLDER = "templates"

# The marker by which a build knows a template file that it wrote.
HEADER = "{{/* Compiled by dashlib from "

# In the texts below, @name@, @most@ and the like are filled in from the declaration. `{{-` and `-}}` take the white
# space beside them away.

# One line: how bad, what, and on what (or on how many).
_TITLE = """
{{- if eq .Status "resolved" }}RESOLVED{{ else }}{{ or .CommonLabels.severity "firing" | toUpper }}{{ end }}: @what@
{{- if eq (len .Alerts) 1 }}{{ range .Alerts }} ({{ template "@name@.@identity@" . }}){{ end }}
{{- else }} ({{ len .Alerts.Firing }} firing{{ with .Alerts.Resolved }}, {{ len . }} resolved{{ end }}){{ end -}}
"""
_WHAT = "{{ or .CommonAnnotations.summary .CommonLabels.alertname (print (len .Alerts) ` alerts`) }}"
_WHAT_IN_SLACK = (
    "{{ template `@name@.slack.escaped` (or .CommonAnnotations.summary .CommonLabels.alertname `alerts`) }}"
)

# Of one alert: how bad and since when, or when it ended and after how long.
_WHEN = """
{{- if eq .Status "firing" }}{{ with .Labels.severity }}{{ . }} {{ end -}}
since {{ .StartsAt.UTC.Format "2006-01-02 15:04" }} UTC
{{- else -}}
resolved {{ .EndsAt.UTC.Format "2006-01-02 15:04" }} UTC, after {{ (.EndsAt.Sub .StartsAt).Round 1000000000 }}
{{- end -}}
"""

_ALERTMANAGER_URL = "{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}"

# Slack reads these three as its own marks.
_SLACK_ESCAPED = '{{ . | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}'

_SLACK_COLOR = """
{{- if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end -}}
"""

_SLACK_ALERT = """*{{ template "@name@.slack.identity" . }}* {{ template "@name@.when" . }}
{{ if eq .Status "firing" }}{{ with .Annotations.description }}{{ template "@name@.slack.escaped" . }}
{{ end }}{{ end }}@slack_links@

"""

_TEXT_ALERT = """
{{ template "@name@.identity" . }}
{{ template "@name@.when" . }}
{{ if eq .Status "firing" }}{{ with .Annotations.description }}{{ . }}
{{ end }}{{ end }}@text_links@"""

_HTML_ALERT = """<tr><td style="padding: 12px 16px; border-top: 1px solid #d8dce2;">
<strong>{{ template "@name@.identity" . }}</strong><br>{{ template "@name@.when" . }}
{{ if eq .Status "firing" }}{{ with .Annotations.description -}}
<p style="margin: 8px 0; white-space: pre-line;">{{ . }}</p>
{{- end }}{{ end }}
@html_links@</td></tr>
"""

# The alerts one by one, those that fire first, and a word on those that are not shown.
_EACH = """
{{- range $index, $alert := .Alerts.Firing }}{{ if lt $index @most@ }}{{ template "@name@.@alert@" $alert }}
{{- end }}{{ end }}
{{- range $index, $alert := .Alerts.Resolved }}{{ if lt $index @most@ }}{{ template "@name@.@alert@" $alert }}
{{- end }}{{ end }}
{{- if or (gt (len .Alerts.Firing) @most@) (gt (len .Alerts.Resolved) @most@) }}@more@{{ end }}
"""
_MORE = "Of {{ len .Alerts.Firing }} firing and {{ len .Alerts.Resolved }} resolved, @most@ of each are shown."

_TEXT = (
    '{{ template "@name@.title" . }}\n'
    + _EACH
    + """
Alertmanager: {{ template "@name@.alertmanager_url" . }}
"""
)

_HTML = (
    """<!DOCTYPE html>
<html><body style="margin: 16px; font: 14px/1.4 sans-serif; color: #1f2329;">
<table cellspacing="0" style="width: 100%; max-width: 720px; border-collapse: collapse;">
<tr><td style="padding: 12px 16px; color: #ffffff; font-size: 16px; background:
{{- if eq .Status "resolved" }} #2e7d32{{ else if eq .CommonLabels.severity "critical" }} #c62828
{{- else }} #8a5a00{{ end }};">{{ template "@name@.title" . }}</td></tr>
"""
    + _EACH
    + """
</table>
<p><a href="{{ template "@name@.alertmanager_url" . }}">Alertmanager</a></p>
</body></html>
"""
)


def compile_all(compilation: Compilation) -> list[Document]:
    """Return the message templates of a project."""
    folder = compilation.project.configuration.alertmanager_folder
    if compilation.project.notifications is None or folder is None:
        return []
    declared, file = compilation.project.notifications
    return compile_templates(declared, folder, file)


def compile_templates(declared: Notifications, folder: PurePosixPath, declared_in: str) -> list[Document]:
    """Return a document for each message template. Pure: the same declaration gives the same documents everywhere.

    Args:
        declared: its templates.
        folder: where Alertmanager's configuration belongs, relative to the project's root.
        declared_in: the declaration file, for the headers.
    """
    return [
        Document(
            folder / FOLDER / f"{template.name}.tmpl",
            "notification-template",
            {"definitions": definitions(template)},
            {"": Origin(template.source)},
            declared_in,
        )
        for template in declared.templates
    ]


def definitions(template: Template) -> dict[str, str]:
    """Return the text of each definition of a template, by its name.

    Returns:
        What integrations use: `NAME.title` (one line: how bad, what, on what), `NAME.text` and `NAME.html` (e-mail),
        `NAME.slack.title`, `NAME.slack.text` and `NAME.slack.color`, `NAME.alertmanager_url` (where alerts can be
        silenced). And what these are made of: `NAME.identity`, `NAME.when` and so on, of one alert.
    """
    escaped = '{{ template "@name@.slack.escaped" . }}'
    parts = {
        "identity": _identity(template, "{{ . }}"),
        "when": _WHEN,
        "title": _TITLE.replace("@what@", _WHAT).replace("@identity@", "identity"),
        "alertmanager_url": _ALERTMANAGER_URL,
        "text.alert": _TEXT_ALERT,
        "text": _TEXT.replace("@alert@", "text.alert").replace("@more@", f"\n{_MORE}\n"),
        "html.alert": _HTML_ALERT,
        "html": _HTML.replace("@alert@", "html.alert").replace("@more@", f"<tr><td>{_MORE}</td></tr>\n"),
        "slack.escaped": _SLACK_ESCAPED,
        "slack.identity": _identity(template, escaped),
        "slack.title": _TITLE.replace("@what@", _WHAT_IN_SLACK).replace("@identity@", "slack.identity"),
        "slack.color": _SLACK_COLOR,
        "slack.alert": _SLACK_ALERT,
        "slack.text": _EACH.replace("@alert@", "slack.alert").replace("@more@", f"\n{_MORE}\n"),
    }
    filled = {
        "@text_links@": _links(template, "@caption@: {{ . }}\n"),
        "@html_links@": _links(template, '<a href="{{ . }}" style="margin-right: 16px;">@caption@</a>\n'),
        "@slack_links@": _links(template, f"<{escaped}|@caption@>  "),
        "@name@": template.name,
        "@most@": str(template.most),
    }
    for placeholder, value in filled.items():
        parts = {part: text.replace(placeholder, value) for part, text in parts.items()}
    return {f"{template.name}.{part}": text for part, text in parts.items()}


def serialize(document: Document) -> bytes:
    """Return the bytes of a template file: a header that names its source, then each definition."""
    header = f"{HEADER}{document.declared_in}: change that file, then run `{document.compiled_by}`. */}}}}\n"
    written = (
        f'\n{{{{ define "{name}" }}}}{text}{{{{ end }}}}\n' for name, text in document.data["definitions"].items()
    )
    return "".join((header, *written)).encode()


def _identity(template: Template, show: str) -> str:
    """Return what an alert is about: `connector mysql-connector, server mysql-server`; else the alert's name."""
    labels = "".join(
        f'\n{{{{- with .Labels.{label} }}}}{{{{ $between }}}}{label} {show}{{{{ $between = ", " }}}}{{{{ end }}}}'
        for label in template.identity
    )
    return (
        f'\n{{{{- $between := "" }}}}{labels}\n{{{{- if not $between }}}}{{{{ with .Labels.alertname }}}}{show}'
        "{{ end }}{{ end -}}\n"
    )


def _links(template: Template, link: str) -> str:
    return "".join(
        f"{{{{ with .Annotations.{annotation} }}}}{link.replace('@caption@', caption)}{{{{ end }}}}"
        for caption, annotation in template.links.items()
    )


def _described(document: Document) -> tuple[str, str]:
    return document.path.stem, counted(len(document.data["definitions"]), "definition")


OUTPUT = Output(
    kind="notification-template",
    compile=compile_all,
    serialize=serialize,
    mark=HEADER,
    schema="notification-template",
    holds="definitions",
    described=_described,
    api_version="Alertmanager 0.25",
)
