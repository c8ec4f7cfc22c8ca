"""Which metrics exist, how exporters spell them, and the data that both stand in."""
