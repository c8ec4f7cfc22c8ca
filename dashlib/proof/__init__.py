"""The proof of alerts: input that makes each of them fire and stay silent, made from what it declares, and promtool.

`obligations` says what has to be proven, `solver` finds what the series must do for it, `scenarios` lays that out in
time with what Prometheus has to answer, and `prover` lets promtool decide. All but `promtool` and `written` is pure.
"""
