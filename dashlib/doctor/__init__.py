"""`dashlib doctor`: what only a running system knows.

`questions` collects the queries of the set (panels, variables, rules); `evidence` runs them against a Prometheus, each
once; `explain` walks an empty expression down to the part that causes it, with the small pure functions of `causes`;
`installation` checks the whole; `examination` puts it together and `report` prints it.
"""
