"""What was compiled or found in a file, read once: nobody else walks the lists of panels, queries and rules.

| module | what it does |
|---|---|
| `document` | what `compile` returns: a document at a path, and where its parts were declared |
| `reading` | a document as readers have it: compiled or found, with the places of its parts |
| `dashboards` | `Dashboard`, `Panel`, `Query`, `Variable`, `Annotation`, each with its JSON pointer |
| `rules` | `RuleGroup` and `Rule`, of Prometheus and of Grafana |
| `values` | values that may be anything, read as what they should be, and JSON pointers |
| `datasource_kinds` | which kind of datasource a dashboard asks |
| `variable_queries`, `variable_uses` | what a variable asks, and where variables are used |
| `foreign`, `spelling` | reads JSON and YAML that dashlib did not write, within bounds, with the place of each value |
| `forms`, `purposes` | which dashboards and rules a file holds; what a file with neither is |
| `schema_v2` | dashboards of schema version 2 in the shape of version 1 |
| `places` | from a part of a document to file, line and column |
| `files` | compiled files on disk: compare, write all or none |
"""
