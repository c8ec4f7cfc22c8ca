"""The native test stack: the lab's own files, with servers from packages instead of images.

`python -m tests.e2e --help` says what it can be asked for; `docs/lab.md` says what it is made of.
"""
