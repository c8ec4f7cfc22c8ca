"""`python -m dashlib` is `dashlib`."""

from dashlib.cli import main

main()
