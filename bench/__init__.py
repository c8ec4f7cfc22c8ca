"""The benchmarks: dashlib beside grafanalib and the Grafana foundation SDK."""
