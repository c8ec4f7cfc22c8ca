"""Dashboards and alert rules as code for Debezium change data capture."""
