"""From an obligation to scenarios: what the series do over time, and what Prometheus has to say to it.

A phase of a proof ("just above", "series stale", …) may have several candidates of a scenario, because the solver does
not know all of Prometheus. Each brings its premise: an expression, as declared, that has a sample only where the input
does what the phase is about. A candidate whose premise does not hold proves nothing, and the next one is tried.
"""
