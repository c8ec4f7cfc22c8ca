"""What the platform measures, and from where on it is too much: dashboards and alerts are made of this."""
