"""What series did, recorded: read, written, and drawn out so that dashboards and rules can be looked at over it."""
