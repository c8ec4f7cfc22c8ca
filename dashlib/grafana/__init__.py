"""Make a Grafana match the declarations: read its objects, plan, show, apply.

| file | what it does | talks to Grafana |
|---|---|---|
| `targets` | `[tool.dashlib.grafana.NAME]`, and its credentials | no |
| `client` | HTTP: time limits, retries, errors as whole sentences | yes |
| `objects` | compiled documents → the objects that Grafana's API knows, as `Item` | no |
| `datasources` | the placeholders of datasources, put in and taken out | no |
| `secret_references` | `${env:NAME}` and `${file:/path}`: found, resolved, hidden | no |
| `normal_form` | a dashboard without what Grafana adds to it | no |
| `edits` | what was edited in Grafana, carried into what is declared | no |
| `compare` | what differs between two objects, in words | no |
| `state` | what was pushed last, stored in that Grafana | no |
| `plan` | declared, present and remembered → changes | no |
| `remote` | one class per kind: how it is read, written and deleted | yes |
| `preflight` | is it a Grafana, is the token allowed to, does the datasource answer, are the queries valid | yes |
| `apply` | carry a plan out, object by object | yes |
| `backups` | what was overwritten, as files | no |
| `session` | all of it together, for the commands | yes |
"""
