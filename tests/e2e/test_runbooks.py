"""What a runbook lets one try where no fault brings its alert about is carried out here, as it is written there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_docs import PROOF, alerts, try_it_of

from .lab import ROOT

PROVEN = sorted({name for alert in alerts() for name in PROOF.findall(try_it_of(alert))})


@pytest.mark.whole
@pytest.mark.parametrize("name", PROVEN)
def test_an_alert_that_no_fault_brings_about_is_proven(name: str) -> None:
    dashlib = Path(sys.executable).with_name("dashlib")
    done = subprocess.run([dashlib, "test", name], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
