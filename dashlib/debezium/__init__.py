"""The field itself: metrics, signals and threshold sets of Debezium, Kafka Connect and Aurora."""
