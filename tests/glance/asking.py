"""Ask `@grafana/data` what a person would see, with Node 20 and npm; `python -m tests.glance.asking` keeps them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.glance.questions import asked, questions

FOLDER = Path(__file__).parent / "grafana_data"
KEPT = FOLDER / "answers.json"
AGAIN = "ask again: .venv/bin/python -m tests.glance.asking"


def question_text() -> str:
    """All questions as JSON."""
    return json.dumps(asked(questions()), separators=(",", ":"), ensure_ascii=True)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def kept() -> list[Any]:
    """Grafana's answers as they are committed, in the order of the questions."""
    file = json.loads(KEPT.read_text(encoding="utf-8"))
    assert file["asked"] == digest(question_text()), f"the questions are others than those that were asked; {AGAIN}"
    return [file["answers"][number] for number in file["order"]]


def keep(answers: list[Any]) -> None:
    """Write the answers, each different one once."""
    texts = [json.dumps(answer, separators=(",", ":"), ensure_ascii=False) for answer in answers]
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    order = json.dumps([numbers[text] for text in texts], separators=(",", ":"))
    lines = ",\n".join(numbers)
    KEPT.write_text(
        f'{{"asked":"{digest(question_text())}",\n"order":{order},\n"answers":[\n{lines}\n]}}\n', encoding="utf-8"
    )


def ask() -> list[Any]:
    """What the package says to all questions; it is installed if it is not there as the lock file says."""
    for program in ("node", "npm"):
        assert shutil.which(program), f"{program} is not on PATH; @grafana/data runs under Node 20"
    lock = FOLDER / "package-lock.json"
    mark = FOLDER / "node_modules" / ".installed"
    if not mark.exists() or mark.read_text() != digest(lock.read_text()):
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=FOLDER, check=True)
        mark.write_text(digest(lock.read_text()))
    ran = subprocess.run(
        ["node", "ask.mjs"], cwd=FOLDER, input=question_text(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    answers = json.loads(ran.stdout)
    assert isinstance(answers, list)
    return answers


if __name__ == "__main__":
    keep(ask())
