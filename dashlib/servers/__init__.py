"""HTTP to other programs: one transport, and Prometheus, Kafka Connect and Grafana over it."""
