"""Dashboards drawn as Grafana draws them, without a Grafana: a page that opens from disk, or its pictures.

| module | what it does |
|---|---|
| `colors` | Grafana's names of colors as hexadecimal numbers |
| `axes` | the range of a value axis and the texts at it |
| `panels` | a panel and its answers → what the page draws of it; every text is `glance`'s |
| `page` | dashboards → the page's model → HTML |
| `comparing` | two pages → one that shows what changed |
| `asking` | what dashboards ask, and whom |
| `looking`, `cache` | who answers: a Prometheus that runs, one that is started, or what was answered before |
| `sources`, `recording`, `simulation` | what is looked at: recordings, with more connectors too, and metrics |
| `revisions` | the compiled files as they were committed |
| `serving` | the page on 127.0.0.1, drawn again when a file changes |
| `pictures` | the page as PNG, by a headless Chromium |
| `assets/` | the page's script and style; uPlot, which draws time series, is fetched there by `make preview-assets` |

`colors`, `axes`, `panels`, `page`, `comparing` and `simulation` are pure.
"""
