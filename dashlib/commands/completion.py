"""`dashlib completion`: what a shell needs to complete commands, options and file names."""

from __future__ import annotations

import click


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    \b
    Examples:
      eval "$(dashlib completion bash)"                                      in ~/.bashrc
      eval "$(dashlib completion zsh)"                                       in ~/.zshrc
      dashlib completion fish > ~/.config/fish/completions/dashlib.fish
    """
    from click.shell_completion import get_completion_class

    of_shell = get_completion_class(shell)
    if of_shell is None:  # click knows the three
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(of_shell(context.find_root().command, {}, "dashlib", "_DASHLIB_COMPLETE").source())
