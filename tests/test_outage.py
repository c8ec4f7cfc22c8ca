"""When a series was last there is known after Prometheus was down, for as long as the recording rules promise."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.promtool import needed_promtool
from tests.test_rule_scenarios import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RULES = ROOT / "labs/monitoring/prometheus/alerts"
WHERE = 'job="kafka-connect", plugin="postgres", server="pg1", connector="pg"'


@pytest.mark.parametrize(("minutes", "told"), [(50, 1), (120, 0)])
def test_a_connector_that_vanished_in_an_outage_of_less_than_an_hour_is_told(
    minutes: int, told: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Rules are not evaluated between two evaluations: that is what an outage does to them."""
    sample = 'ALERTS{alertname="DebeziumConnectorMetricsVanished", alertstate="pending", severity="critical", '
    scenario = {
        "rule_files": [str(RULES / name) for name in ("debezium-recorded.yml", "debezium-connectors.yml")],
        "group_eval_order": ["debezium_recorded", "debezium_connectors"],
        "evaluation_interval": f"{minutes}m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'debezium_metrics_QueueTotalCapacity{{{WHERE}, context="streaming"}}', "values": "8x1"},
                    {
                        "series": 'kafka_connect_connector_task_status{job="kafka-connect", connector="pg", '
                        'status="running"}',
                        "values": "1x200",
                    },
                ],
                "promql_expr_test": [
                    {
                        "expr": "ALERTS",
                        "eval_time": f"{minutes}m",
                        "exp_samples": [
                            {
                                "labels": f'{sample}signal="metrics_present", component="debezium", team="platform", '
                                f"{WHERE}}}",
                                "value": 1,
                            }
                        ]
                        if told
                        else [],
                    }
                ],
            }
        ],
    }
    file = tmp_path / "outage.yml"
    file.write_text(json.dumps(scenario))
    done = subprocess.run(
        [needed_promtool(request), "test", "rules", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
