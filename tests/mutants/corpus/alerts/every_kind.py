"""The alerts of the proof's own tests: one of every kind, with every kind of guard."""

from tests.proof.alerts_of_every_kind import proven

__all__ = ["proven"]
