"""Where `dashlib` and `python -m dashlib` begin."""

from __future__ import annotations


def main() -> None:
    """Run the command line without looking for garbage: a command makes what it needs and ends."""
    import gc

    gc.disable()
    from dashlib.cli import main as run

    try:
        run()
    finally:
        gc.freeze()  # nor at the end, when Python would look through everything once more


if __name__ == "__main__":
    main()
