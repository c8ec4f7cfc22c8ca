"""What a user writes: signals, thresholds, panels, dashboards, alerts and who is told of them."""
