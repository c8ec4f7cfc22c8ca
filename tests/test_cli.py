"""dashlib as a person types it: what is printed, what is written, and the exit code."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from dashlib.cli import COMMANDS, cli
from dashlib.metrics.profiles import shipped_profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Shell

DASHBOARD = "compiled/dashboards/overview.json"
RULES = "compiled/rules/lag.yml"
RECORDED = "compiled/rules/recorded.yml"
FILES = [DASHBOARD, RULES, RECORDED]

FIRST_PROFILE = shipped_profiles()[0]


def test_build_then_build_again(shell: Shell) -> None:
    first = shell.dashlib("build")
    assert first.stdout == "".join(f"{file}: created\n" for file in FILES) + (
        "the files are in compiled/dashboards, compiled/rules; next: dashlib lint, then dashlib test\n"
    )
    assert (first.returncode, first.stderr) == (0, "")
    times = {file: (shell.folder / file).stat().st_mtime_ns for file in FILES}
    second = shell.dashlib("build")
    assert second.stdout == "3 files unchanged\n"
    assert times == {file: (shell.folder / file).stat().st_mtime_ns for file in FILES}


def test_build_works_from_a_folder_below(shell: Shell) -> None:
    result = shell.dashlib("build", cwd=shell.folder / "dashboards")
    assert result.returncode == 0
    assert sorted(shell.compiled()) == FILES


def test_check_shows_what_one_edited_threshold_changes(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    own = (
        "from dashlib import Level, ThresholdSet\nMINE = ThresholdSet('mine', [Level(LAG, 'warning', above=5,"
        " for_='2m')])\n"
    )
    for file in ("dashboards/overview.py", "alerts/lag.py"):
        replace_in(
            shell.folder / file,
            "from dashlib.debezium.thresholds import PRODUCTION\n",
            own,
        )
        replace_in(shell.folder / file, "thresholds=PRODUCTION", "thresholds=MINE")
    assert shell.dashlib("build").returncode == 0
    clean = shell.dashlib("build", "--check")
    assert (clean.returncode, clean.stdout) == (0, "3 files up to date\n")
    for file in ("dashboards/overview.py", "alerts/lag.py"):
        replace_in(shell.folder / file, "above=5", "above=7")
    before = shell.compiled()
    result = shell.dashlib("build", "--check")
    assert result.returncode == 1
    assert f"{DASHBOARD}: out of date\n{RULES}: out of date\n" in result.stdout
    assert '-                "value": 5\n+                "value": 7\n' in result.stdout
    assert " > 5\n" in result.stdout
    assert " > 7\n" in result.stdout
    assert shell.compiled() == before


def test_check_names_a_file_that_vanished_and_one_that_is_no_longer_declared(shell: Shell) -> None:
    shell.dashlib("build")
    (shell.folder / DASHBOARD).rename(shell.folder / "compiled/dashboards/renamed.json")
    result = shell.dashlib("build", "--check")
    assert result.returncode == 1
    assert f"{DASHBOARD}: missing\n" in result.stdout
    assert "compiled/dashboards/renamed.json: no longer declared\n" in result.stdout


def test_a_persons_own_files_are_neither_named_nor_touched(shell: Shell) -> None:
    shell.dashlib("build")
    own = shell.write("compiled/rules/custom-mysql.yml", "groups: []\n")
    shell.write("compiled/dashboards/mine.json", '{\n  "annotations": {},\n  "uid": "mine"\n}\n')
    assert shell.dashlib("build", "--check").returncode == 0
    assert "custom" not in shell.dashlib("build", "--prune").stdout
    assert own.read_text() == "groups: []\n"


def test_a_dashboard_that_is_no_longer_declared_is_removed_when_asked(shell: Shell) -> None:
    shell.dashlib("build")
    (shell.folder / "alerts/lag.py").unlink()
    kept = shell.dashlib("build")
    assert f"{RULES}: no longer declared (--prune removes it)\n" in kept.stdout
    assert RULES in shell.compiled()
    pruned = shell.dashlib("build", "--prune")
    assert f"{RULES}: removed\n" in pruned.stdout
    assert RULES not in shell.compiled()


@pytest.mark.parametrize(("name", "files"), [("alerts/lag.py", [RULES, RECORDED]), (RULES, [RULES])])
def test_build_of_named_files(shell: Shell, name: str, files: list[str]) -> None:
    assert shell.dashlib("build", name).stdout.startswith("".join(f"{file}: created\n" for file in files))
    assert sorted(shell.compiled()) == files


def test_build_into_another_folder(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere"
    assert shell.dashlib("build", "--out", str(out)).returncode == 0
    assert (out / DASHBOARD).is_file()
    assert shell.compiled() == {}


def test_json_for_machines(shell: Shell) -> None:
    assert json.loads(shell.dashlib("build", "--format", "json").stdout) == {
        "created": FILES,
        "updated": [],
        "unchanged": [],
        "undeclared": [],
        "left_out": [],
        "gone": {},
    }
    listed = json.loads(shell.dashlib("list", "--format", "json").stdout)
    assert [document["path"] for document in listed["documents"]] == FILES
    assert listed["documents"][0]["declared_in"] == "dashboards/overview.py"


def test_list_says_what_is_declared_and_where(shell: Shell) -> None:
    result = shell.dashlib("list")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines == [
        [DASHBOARD, "Overview", "2", "panels", "dashboards/overview.py"],
        [RULES, "lag", "1", "rule", "alerts/lag.py"],
        [RECORDED, "recorded", "1", "rule", "alerts/lag.py"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "nothing.py"], "nothing.py is neither a declaration file nor a compiled file"),
        (["build", "--frobnicate"], "No such option"),
        (["build", "--chek"], "--check"),
        (["bild"], "No such command 'bild'; did you mean 'build'?"),
        (
            ["build", "--profile", "nobodys"],
            f"there is no naming profile 'nobodys'; dashlib ships: {FIRST_PROFILE}",
        ),
        (["build", "--project", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(shell: Shell, arguments: list[str], message: str) -> None:
    result = shell.dashlib(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_declarations_says_where_to_start(tmp_path: Path, shell: Shell) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "pyproject.toml").write_text("[tool.dashlib]\n")
    result = shell.dashlib("build", cwd=empty)
    assert result.returncode == 2
    assert "found no declarations in" in result.stderr
    assert "`dashlib init` writes a new project" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ('uid="overview"', 'uid="overview', ":6: ", "not valid Python"),
        (
            "overview = ",
            "raise RuntimeError('the database is down')\noverview = ",
            ":5: ",
            "RuntimeError: the database",
        ),
        ("stat(CONNECTED)", "stat(CONNECTED, key='c'), stat(LAG, key='c')", ":13: ", "has two panels 'c'"),
    ],
)
def test_a_mistake_is_one_message_and_leaves_every_file_as_it_was(
    shell: Shell, replace_in: Callable[[Path, str, str], None], old: str, new: str, place: str, message: str
) -> None:
    shell.dashlib("build")
    before = shell.compiled()
    file = shell.folder / "dashboards/overview.py"
    replace_in(file, old, new)
    result = shell.dashlib("build")
    assert result.returncode == 2
    assert result.stderr.startswith(f"dashlib: {file}{place}")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert shell.compiled() == before


def test_an_expression_that_is_no_promql_is_shown_with_the_place_in_it(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    file = shell.folder / "dashboards/overview.py"
    replace_in(
        file,
        "overview = ",
        "from dashlib import Signal\nBROKEN = Signal('broken', 'B', expression='sum(rate(Connected[5m])',"
        " unit='none', description='b')\noverview = ",
    )
    result = shell.dashlib("build")
    assert result.returncode == 2
    assert result.stderr.startswith(f"dashlib: {file}:6: ")
    assert "sum(rate(Connected[5m])" in result.stderr
    assert "^" in result.stderr


def test_an_unwritable_output_folder_is_named(shell: Shell) -> None:
    shell.write("compiled", "a file where the folder should be")
    result = shell.dashlib("build")
    assert result.returncode == 2
    assert "cannot" in result.stderr
    assert "compiled/dashboards/overview.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_disk_that_fills_up_leaves_every_file_as_it_was(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    shell.dashlib("build")
    before = shell.compiled()
    for file in ("dashboards/overview.py", "alerts/lag.py"):
        replace_in(shell.folder / file, "PRODUCTION", "MYSQL")
    # The largest file that this shell may write is one block; what is beyond it fails as on a full disk.
    result = subprocess.run(
        ["sh", "-c", f"trap '' XFSZ; ulimit -f 1; exec {sys.executable} -m dashlib build"],
        cwd=shell.folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert result.returncode == 2
    assert "no compiled file was changed" in result.stderr
    assert shell.compiled() == before


def test_ctrl_c_leaves_every_file_as_it_was(shell: Shell, replace_in: Callable[[Path, str, str], None]) -> None:
    shell.dashlib("build")
    before = shell.compiled()
    replace_in(
        shell.folder / "dashboards/overview.py",
        "overview = ",
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\noverview = ",
    )
    result = shell.dashlib("build")
    assert result.returncode == 130
    assert result.stderr.strip() == "dashlib: interrupted; compiled files are either all old or all new"
    assert shell.compiled() == before


def test_what_a_declaration_prints_does_not_get_into_the_output(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    replace_in(shell.folder / "dashboards/overview.py", "overview = ", "print('noise')\noverview = ")
    assert "noise" not in shell.dashlib("build").stdout


# --- what each command's help has in common --------------------------------------------------------------------------

#: One name for one thing over all commands: each option with what its value is called.
OPTIONS = {
    "--project": "DIRECTORY", "--profile": "NAME", "--format": "", "--out": "DIRECTORY", "--check": None,
    "--prune": None, "--debezium": "VERSION", "--metrics": "FILE", "--fix": None, "--list": None,
    "--prometheus": "URL", "--http-config": "FILE", "--timeout": "SECONDS", "--connect": "URL", "--grafana": "URL",
    "--rules-url": "URL", "--tenant": "NAME",
    "--token-file": "FILE", "--datasource-interval": "DURATION", "--write": "FILE", "--folder": "NAME",
    "--datasource": "[TYPE=]NAME", "--alerting": None, "--ca": "FILE", "--org-id": "ID", "--only": "GLOB",
    "--own-root-policy": None, "--dry-run": None, "--yes": None, "--overwrite": None, "--message": "TEXT",
    "--watch": "NAME", "--to": "NAME", "--ci": "NAME", "--quiet": None, "--verbose": None,
    "--editable": None, "--no-check": None, "--rollback": "RUN", "--prefix": "TEXT",
    "--png": "DIRECTORY", "--panel": "TITLE",
    "--all-rows": None, "--recording": "FILE|NAME", "--diff": "REV", "--light": None, "--width": "PIXELS",
    "--port": "PORT", "--connectors": "NUMBER", "--seed": "NUMBER", "--simulated": None, "--last": "DURATION",
}  # fmt: skip
# What `pull` writes is a folder; a catalog and a recording are one file.
OPTIONS_OF = {("catalog", "--out"): "FILE", ("record", "--out"): "FILE"}


@pytest.fixture(params=list(COMMANDS))
def command(request: pytest.FixtureRequest) -> click.Command:
    found = cli.get_command(click.Context(cli), request.param)
    assert found is not None
    return found


def help_of(command: click.Command) -> str:
    return command.get_help(click.Context(command, info_name=command.name))


def test_help_begins_with_the_sentence_of_the_list_of_commands(command: click.Command) -> None:
    assert command.name is not None
    sentence = " ".join(help_of(command).split("\n\n")[1].split())
    assert sentence.startswith(COMMANDS[command.name].removesuffix("."))
    assert sentence.endswith(".")


def test_help_has_examples_and_exit_codes_in_one_form(command: click.Command) -> None:
    said = help_of(command)
    assert f"  Examples:\n    {'export' if command.name in ('diff', 'push') else ''}" in said
    assert f"dashlib {command.name}" in said.partition("  Examples:\n")[2]
    codes = re.findall(r"^    (\d+)  +\S", said.partition("  Exit codes:\n")[2], re.MULTILINE)
    own = {"list": [], "completion": [], "init": ["0", "2", "3"], "explain": ["0", "2"]}
    assert codes[:3] == own.get(str(command.name), ["0", "1", "2"])


def test_an_option_has_one_name_for_its_value_in_all_commands(command: click.Command) -> None:
    for option in command.params:
        if isinstance(option, click.Option):
            value = None if option.is_flag else option.make_metavar(click.Context(command))
            if option.opts[0] != "--format":
                name = option.opts[0]
                assert value == OPTIONS_OF.get((str(command.name), name), OPTIONS[name]), option.opts
            assert option.help is not None
            assert option.help.partition("  [")[0].endswith("."), option.help
            assert option.help[0].isupper(), option.help


@pytest.mark.parametrize("name", ["diff", "push", "pull", "doctor"])
def test_a_target_is_an_argument_of_each_command_that_has_one(name: str) -> None:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    assert f"dashlib {name} [OPTIONS] [TARGET]" in help_of(found).replace(f"Usage: {name}", f"Usage: dashlib {name}")


@pytest.mark.parametrize("name", ["diff", "push", "pull", "doctor", "profile"])
def test_a_timeout_is_a_number_of_seconds_everywhere(name: str) -> None:
    for seconds in ("0", "-1", "nan", "3601", "soon"):
        ran = CliRunner().invoke(cli, [name, "--timeout", seconds])
        assert ran.exit_code == 2
        assert "Invalid value for '--timeout'" in ran.output


def test_help_has_no_word_that_is_said_otherwise(command: click.Command) -> None:
    words = ("organisation", "Uid", "uid", "nobody", "Mend", "mend", "fits", "say", "By default")
    assert [word for word in words if re.search(rf"\b{word}\b", help_of(command))] == []


def test_help_of_dashlib_has_examples(shell: Shell) -> None:
    result = shell.dashlib("--help")
    assert result.returncode == 0
    assert "Examples:" in result.stdout


def without_columns() -> dict[str, str]:
    """Return the environment without the width of a terminal, as a pipe has none."""
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"}


@pytest.mark.parametrize("columns", [{}, {"COLUMNS": "80"}, {"COLUMNS": "60"}])
def test_help_is_what_click_prints(columns: dict[str, str]) -> None:
    def printed(*program: str) -> str:
        command = [sys.executable, *program, "--help"]
        environment = without_columns() | columns
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    assert printed("-m", "dashlib") == printed("-c", "from dashlib.cli import main; main()")


def test_help_does_not_pay_for_click(shell: Shell) -> None:
    code = "import sys; sys.argv = ['dashlib', '--help']\nfrom dashlib.__main__ import main\nmain()\n"
    result = subprocess.run(
        [sys.executable, "-c", f"{code}print('click' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=shell.folder,
        env=without_columns(),
    )
    assert result.stdout.splitlines()[-1] == "False"


def test_help_does_not_pay_for_grafanalib(shell: Shell) -> None:
    listing = (
        "import sys; sys.argv = ['dashlib', '--help']\nfrom dashlib.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", listing + "print('grafanalib' in sys.modules, 'attr' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=shell.folder,
    )
    assert result.stdout.splitlines()[-1] == "False False"


def test_a_plain_build_does_not_pay_for_jsonschema(shell: Shell) -> None:
    code = (
        "import sys; sys.argv = ['dashlib', 'build']\nfrom dashlib.cli import main\n"
        "try: main()\nexcept SystemExit: pass\nprint('jsonschema' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=shell.folder)
    assert result.stdout.splitlines()[-1] == "False"


def all_of(terminal: int) -> str:
    """Return what was written to a terminal, which hands it over piece by piece and ends with an error."""
    pieces: list[bytes] = []
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 1 << 16):
            pieces.append(piece)
    return b"".join(pieces).decode()


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [(["build"], "writing"), (["build", "--check"], "checking: 0 of"), (["lint"], "checking: 0 of")],
)
def test_long_work_shows_on_a_terminal_what_it_does_and_is_quiet_in_a_pipe(
    arguments: list[str], shown: str, shell: Shell
) -> None:
    command = [sys.executable, "-m", "dashlib", *arguments]
    terminal, end = os.openpty()
    on_terminal = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, text=True, check=False, cwd=shell.folder)
    os.close(end)
    said = all_of(terminal)
    os.close(terminal)
    assert "compiling" in said
    assert shown in said
    assert said.endswith("\r\x1b[K")
    in_a_pipe = shell.dashlib(*arguments)
    assert in_a_pipe.stderr == ""
    assert "\x1b" not in in_a_pipe.stdout + on_terminal.stdout


def test_the_version_is_one(shell: Shell) -> None:
    import dashlib

    assert shell.dashlib("--version").stdout == f"dashlib, version {dashlib.__version__}\n"


def test_quiet_says_only_what_is_wrong(shell: Shell, replace_in: Callable[[Path, str, str], None]) -> None:
    for command in (["build", "--quiet"], ["build", "--check", "-q"], ["--quiet", "build"]):
        result = shell.dashlib(*command)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", ""), command
    replace_in(shell.folder / "dashboards/overview.py", "Overview", "Changed")
    result = shell.dashlib("build", "--check", "--quiet")
    assert result.returncode == 1
    assert result.stdout.startswith(f"{DASHBOARD}: out of date\n")
    assert "left out" not in shell.dashlib("build", "--quiet", "--profile", "strimzi").stderr


def test_verbose_names_every_file(shell: Shell) -> None:
    shell.dashlib("build")
    assert shell.dashlib("build", "--verbose").stdout == "".join(f"{file}: unchanged\n" for file in FILES) + (
        "3 files unchanged\n"
    )


def test_what_is_left_out_is_grouped_by_its_reason(shell: Shell) -> None:
    said = shell.dashlib("build", "--profile", "msk-connect").stderr.splitlines()
    reasons = [line for line in said if re.match(r"  \S", line)]
    assert len(reasons) == len(set(reasons)) > 0
    assert "    lag: rule 'DebeziumLag'" in said


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_a_shell_can_complete(shell: Shell, shell_name: str) -> None:
    assert "_DASHLIB_COMPLETE" in shell.dashlib("completion", shell_name).stdout


def test_a_mistake_of_dashlibs_own_is_one_sentence(shell: Shell) -> None:
    broken = (
        "import dashlib.commands.list as it\nit.compiled = lambda *_: 1 / 0\nfrom dashlib.cli import main\nmain()\n"
    )
    for options, has_traceback in ((["list"], False), (["list", "--verbose"], True)):
        result = subprocess.run(
            [sys.executable, "-c", broken, *options], cwd=shell.folder, capture_output=True, text=True, check=False
        )
        assert result.returncode == 70
        assert "dashlib: an unexpected error, which is a bug in dashlib (ZeroDivisionError: division by zero)" in (
            result.stderr
        )
        assert "please report it at https://" in result.stderr
        assert ("Traceback" in result.stderr) is has_traceback


@pytest.mark.parametrize(("environment", "has_colors"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colors_are_for_terminals_that_want_them(
    shell: Shell,
    environment: dict[str, str],
    has_colors: bool,  # noqa: FBT001
) -> None:
    import pty

    master, slave = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "dashlib", "build"], cwd=shell.folder, stdout=slave, env={**plain, **environment}
    )
    os.close(slave)
    said = b""
    while part := _read(master):
        said += part
    assert process.wait() == 0
    assert (b"\x1b[32mcreated" in said) is has_colors
    assert b"created" in said


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""
