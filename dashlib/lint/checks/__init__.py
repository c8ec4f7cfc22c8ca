"""The checks of `dashlib lint`, one file each.

A module here is a check: it has `CHECK`, which names it, and `find`, which yields what is wrong. Nothing else must be
touched to add one; its documentation is `docs/checks/NAME.md`, its tests are `tests/lint/checks/test_NAME.py`.
"""
