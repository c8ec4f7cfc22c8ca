"""`dashlib doctor`: what only the running system knows.

`questions` collects what the set asks (panels, variables, rules); `evidence` asks a Prometheus, each thing once;
`explain` walks an expression that is empty down to the part that is to blame, with the small pure functions of
`causes`; `installation` looks at the whole; `examination` puts it together and `report` says it.
"""
