"""What a declaration file may do to a build: nothing that is not said in one sentence, with its line."""

from __future__ import annotations

import io
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_for_profile, compile_project
from dashlib.errors import DashlibError, DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "from dashlib import Dashboard, Row, RuleGroup, text\nfrom grafanalib import core\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.dashlib]\ndeclarations = ["dashboards"]\n')
    return tmp_path.resolve()


def write(folder: Path, content: str, name: str = "mine.py") -> Path:
    file = folder / "dashboards" / name
    file.write_text(content)
    return file


ALONE = """\
from dashlib import Alert
from dashlib.debezium.connectors import LAG
alone = Alert('Alone', LAG.above('warning'), severity='info', summary='x', description='x')
"""
DASHBOARD = 'Dashboard(uid="{0}", title="{0}", rows=[])'


@pytest.mark.parametrize(
    "declared",
    [
        f"both = [{DASHBOARD.format('a')}, {DASHBOARD.format('b')}]",
        f"both = ({DASHBOARD.format('a')}, {DASHBOARD.format('b')})",
        f"both = [[{DASHBOARD.format('a')}], ({DASHBOARD.format('b')},)]",
        f"a = {DASHBOARD.format('a')}\nby_name = {{'a': a}}\nb = {DASHBOARD.format('b')}",
        "def make(u) -> Dashboard:\n    return Dashboard(uid=u, title=u, rows=[])\n\nboth = [make('a'), make('b')]",
    ],
    ids=["list", "tuple", "nested", "a dict beside names", "a function that is called"],
)
def test_dashboards_are_found_where_they_stand(folder: Path, declared: str) -> None:
    write(folder, HEADER + declared)
    project = load_project(folder)
    assert [document.data["uid"] for document in compile_project(project)] == ["a", "b"]
    assert not project.passed_over


@pytest.mark.parametrize(
    ("declared", "line", "said"),
    [
        ("by_name = {'a': core.Dashboard(title='x')}", 3, "by_name is a dict that holds Dashboard"),
        ("rule = core.AlertRulev9(title='x', triggers=[], condition='')", 3, "rule is a grafanalib AlertRulev9"),
        ("rule = core.AlertRulev8(title='x', triggers=[])", 3, "rule is a grafanalib AlertRulev8"),
        ("chat = core.Notification('x')", 3, "chat is a grafanalib Notification"),
        (f"by_name = {{'a': {DASHBOARD.format('a')}}}", 3, "by_name is a dict that holds Dashboard"),
        (f"all_of_them = {{{DASHBOARD.format('a')}}}", 3, "all_of_them is a set that holds Dashboard"),
        (f"class All:\n    a = {DASHBOARD.format('a')}", 3, "All is a class that holds Dashboard"),
        (f"by_name = {{'a': [{DASHBOARD.format('a')}]}}", 3, "by_name is a dict that holds Dashboard"),
    ],
)
def test_what_would_be_lost_is_an_error_where_it_stands(folder: Path, declared: str, line: int, said: str) -> None:
    file = write(folder, HEADER + declared)
    write(folder, HEADER + f"ok = {DASHBOARD.format('ok')}", "ok.py")
    with pytest.raises(DeclarationError, match=said) as raised:
        compile_project(load_project(folder))
    assert str(raised.value).startswith(f"{file}:{line}: ")
    named = compile_for_profile(load_project(folder), files=["dashboards/ok.py"])
    assert [document.data["uid"] for document in named.documents] == ["ok"]


@pytest.mark.parametrize(
    ("declared", "line", "said"),
    [
        ("x = 1", 1, "declares nothing to compile"),
        ("def mine() -> Dashboard:\n    return Dashboard(uid='a', title='a', rows=[])", 3, r"mine\(\) returns a Dash"),
        (
            "def mine():\n    return Dashboard()",
            3,
            r"mine\(\) makes a Dashboard but is never called; write made = mine",
        ),
        ("def mine() -> list[Dashboard]:\n    return []", 3, r"mine\(\) returns a Dashboard but is never called"),
        ("mine = (x for x in [])", 3, "mine is a generator, and dashlib does not run generators"),
        ("def mine() -> 'list[RuleGroup]':\n    return []", 3, r"mine\(\) returns a RuleGroup but is never called"),
        (
            ALONE,
            5,
            "alert Alone is not in any RuleGroup",
        ),
        (
            (
                "from dashlib import Objective\nfrom dashlib.debezium.connectors import LAG\n"
                "lone = Objective('orders fresh', good=LAG.within('warning'), target=99)"
            ),
            5,
            "objective 'orders fresh' is not in any RuleGroup",
        ),
    ],
)
def test_what_may_be_a_slip_is_a_warning(folder: Path, declared: str, line: int, said: str) -> None:
    file = write(folder, HEADER + declared)
    (warning,) = load_project(folder).passed_over
    assert not warning.is_lost
    assert (warning.source.file, warning.source.line) == (str(file), line)
    assert re.search(said, warning.said)


HOSTILE = {
    "exit": ("import sys\nsys.exit(0)", 2, "must not exit the program (SystemExit: 0)"),
    "recursion": (
        "def f():\n    return f()\nf()",
        2,
        "calls itself endlessly (RecursionError: ",
    ),
    "syntax": ("x = (1,\ny = 2", 1, "not valid Python: "),
    "interrupt": ("\nraise KeyboardInterrupt", 2, "must not interrupt the program (KeyboardInterrupt)"),
    "an exception of its own": ("class Mine(BaseException):\n    pass\nraise Mine('x')", 3, "Mine: x"),
    "an exception that cannot be shown": (
        "class Mine(Exception):\n    def __str__(self):\n        raise ValueError\nraise Mine",
        4,
        "Mine",
    ),
    "a misspelt name": ("overview = 1\noverwiev", 2, "'overwiev' is not defined; did you mean 'overview'"),
    "a misspelt import": ("from dashlib import Dashbord", 1, "did you mean 'Dashboard'"),
    "a misspelt signal": ("from dashlib.debezium import connectors\nconnectors.LAGG", 2, "did you mean 'LAG'"),
    "a misspelt method": ("from dashlib import Secret\nSecret.evn('X')", 2, "did you mean 'env'"),
}


@pytest.mark.parametrize(("declared", "line", "said"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_declaration_raises_is_one_sentence(folder: Path, declared: str, line: int, said: str) -> None:
    file = write(folder, declared)
    with pytest.raises(DashlibError) as raised:
        load_project(folder)
    assert str(raised.value).startswith(f"{file}:{line}: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2


def test_ctrl_c_while_a_declaration_is_read_is_a_persons(folder: Path) -> None:
    write(folder, "import signal\nsignal.raise_signal(signal.SIGINT)\n")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            load_project(folder)
    finally:
        signal.signal(signal.SIGINT, before)


RAISING = """\
class Raising:
    def __getattr__(self, name):
        raise RuntimeError("no attribute")
    def __eq__(self, other):
        raise RuntimeError("no comparison")
    __hash__ = None
    @property
    def __class__(self):
        raise RuntimeError("no class")
    def __repr__(self):
        raise RuntimeError("not shown")

raising = Raising()
several = [raising]
"""


def test_an_object_that_raises_whatever_it_is_asked_is_left_alone(folder: Path) -> None:
    write(folder, f"{HEADER}{RAISING}mine = {DASHBOARD.format('a')}\n")
    assert [document.data["uid"] for document in compile_project(load_project(folder))] == ["a"]


@pytest.mark.parametrize(
    "declared",
    [
        "Dashboard(uid='a', title=raising, rows=[])",
        "Dashboard(uid='a', title='a', rows=[raising])",
        "Dashboard(uid='a', title='a', rows=[], tooltip=raising)",
        "Dashboard(uid='a', title='a', rows=[Row('R', [core.TimeSeries(title='p', unit=raising)])])",
        "Dashboard(uid='a', title='a', rows=[Row('R', [core.TimeSeries(title='p', targets=None, dataSource='x')])])",
        "Dashboard(uid='a', title='a', rows=[Row('R', [core.Text(title='p', content=object())])])",
    ],
)
def test_an_object_that_cannot_be_compiled_is_one_sentence(folder: Path, declared: str) -> None:
    file = write(folder, f"{HEADER}{RAISING}mine = {declared}\n")
    with pytest.raises(DashlibError) as raised:
        compile_project(load_project(folder))
    # The line of the declaration, or the one that raises while grafanalib looks at the object.
    assert re.match(rf"{re.escape(str(file))}:(17|11): [^\n]+$", str(raised.value))


def test_what_a_declaration_prints_reaches_stderr(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, f"{HEADER}print('debugging')\nmine = {DASHBOARD.format('a')}")
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    load_project(folder)
    assert (out.getvalue(), err.getvalue()) == ("", "debugging\n")
