"""Dashboards drawn as Grafana draws them, without a Grafana: a page that opens from disk, or its pictures.

| module | what it does |
|---|---|
| `colors` | Grafana's names of colors as hexadecimal numbers |
| `axes` | the range of a value axis and the texts at it |
| `panels` | a panel and its answers → what the page draws of it; every text is `glance`'s |
| `page` | dashboards → the page's model → HTML |
| `asking` | what dashboards ask, asked of a Prometheus |
| `sources` | what is looked at: a recording, a page of metrics, made-up series; what rules make of it |
| `pictures` | the page as PNG, by a headless Chromium |
| `assets/` | the page's script and style; uPlot, which draws time series, is fetched there by `make preview-assets` |

`colors`, `axes`, `panels` and `page` are pure.
"""
