"""`dashlib lint`: finds mistakes in dashboards and rules without a server.

One check is one file in `dashlib/lint/checks/`; this package finds them, gives them what they look at,
and prints what they found:

| module | what it does |
|---|---|
| `findings` | what a check is, and what it says |
| `subjects` | what `documents` read, as checks look at it: with the exporter's names, types and problems |
| `metric_names` | what the catalog and a naming profile know about an exported metric |
| `settings` | `[tool.dashlib.lint]` |
| `engine` | finds the checks, runs them, applies suppressions |
| `suppressions` | the comments that switch a check off for one declaration |
| `fixing` | `--fix` |
| `reports` | text, JSON, SARIF, GitHub |
| `templates` | Prometheus' templates in labels and annotations |
"""
