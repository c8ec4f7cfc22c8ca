from __future__ import annotations

import pytest

from tests.linting import found, in_alert, in_panel, rule_file

USED = "debezium_metrics_CurrentQueueSizeInBytes"
SIZE = "debezium_metrics_MaxQueueSizeInBytes"


@pytest.mark.parametrize(
    "divisor", [f"({SIZE} > 0)", f"clamp_min({SIZE}, 1)", "1000", f"({SIZE} != 0)", f"count({SIZE})", f"(1 + {SIZE})"]
)
def test_a_divisor_that_is_never_zero(divisor: str) -> None:
    assert not in_panel("division-by-zero", f"sum({USED} / on () group_left () {divisor})")


@pytest.mark.parametrize("divisor", [SIZE, f"({SIZE} >= 0)", f"({SIZE} > bool 0)", f"sum({SIZE})", "0"])
def test_a_divisor_that_may_be(divisor: str) -> None:
    assert in_panel("division-by-zero", f"sum({USED} / on () group_left () {divisor})")


def test_nan_that_a_comparison_drops_does_no_harm_to_a_sum() -> None:
    assert not in_panel("division-by-zero", "avg(rate(a_sum[$__rate_interval]) / rate(a_count[$__rate_interval]) >= 0)")
    assert in_panel("division-by-zero", "avg(rate(a_sum[$__rate_interval]) / rate(b_count[$__rate_interval]) >= 0)")
    assert in_panel("division-by-zero", "avg(rate(a_sum[$__rate_interval]) / rate(a_count[$__rate_interval]) != 0)")


@pytest.mark.parametrize(
    ("part", "whole", "is_harmless"),
    [
        ("rule_evaluation_failures_total", "rule_evaluations_total", True),
        ("dns_failures_total", "dns_lookups_total", True),
        ("reconcile_errors_total", "reconcile_operations_total", True),
        ("transmit_errors_total", "received_packets_total", False),
    ],
)
def test_what_failed_is_a_part_of_what_was_tried(part: str, whole: str, is_harmless: bool) -> None:  # noqa: FBT001
    said = in_alert("division-by-zero", f"rate({part}[5m]) / rate({whole}[5m]) > 0.1")
    assert bool(said) is not is_harmless


def test_one_series_of_many_does_no_harm_in_a_panel() -> None:
    assert not in_panel("division-by-zero", f"{USED} / {SIZE}")
    assert not in_panel("division-by-zero", f"max({USED} / {SIZE})")


RATIO = "sum by (job) (rate(failed[5m])) / sum by (job) (rate(asked[5m])) > 0.05"
DIVISOR = "sum by (job) (rate(asked[5m]))"


@pytest.mark.parametrize(
    "expression",
    [
        f"({RATIO}) and {DIVISOR} > 0",
        f"{RATIO} and {DIVISOR} != 0",
        f"{RATIO} and 0 < {DIVISOR}",
        f"{RATIO} and {DIVISOR} >= 10",
        f"{RATIO} and on (job) sum(rate(asked[10m])) by (job) > 0",
        f"{DIVISOR} > 0 and {RATIO}",
        f"{RATIO} and ({DIVISOR} > 0 and up == 1)",
        f"{RATIO} and up == 1 and {DIVISOR} > 0",
        f"{RATIO} unless {DIVISOR} == 0",
        f"{RATIO} unless ({DIVISOR} < 1)",
        f"{RATIO} unless (up == 0 or {DIVISOR} == 0)",
        "100 * failed / (asked > 0) > 5",
        "failed / asked * 100 > 5 and asked > 0",
        "max((failed / asked) and asked > 0) > 5",
        "failed / (asked / count(up)) > 2 and asked > 0",
        "failed / (asked * share) > 2 and asked > 0 and share > 0",
        "failed / (asked * share) > 2 and (asked * share) > 0",
        "(failed / asked) * (asked > bool 0) > 0.1",
        "100 * (asked != bool 0) * (failed / asked) > 10",
        "(1 + failed / asked) * (0 < bool asked) >= 2",
        "(failed / asked) * (asked > bool 0) * 100 > 10",
        "failed * (asked > bool 0) / asked > 0.1",
        "sum((failed / asked) * (asked > bool 0) > 0.1) > 2",
    ],
)
def test_a_guard_around_the_ratio_leaves_out_where_its_divisor_is_zero(expression: str) -> None:
    assert not in_alert("division-by-zero", expression)


@pytest.mark.parametrize(
    "expression",
    [
        RATIO,
        f"{RATIO} and sum by (job) (rate(failed[5m])) > 0",
        f'{RATIO} and sum by (job) (rate(asked{{code="500"}}[5m])) > 0',
        f"{RATIO} and {DIVISOR} >= 0",
        "failed / (asked * share) > 2 and asked > 0",
        f"{RATIO} and {DIVISOR} > bool 0",
        f"{RATIO} or {DIVISOR} > 0",
        f"{RATIO} unless {DIVISOR} > 0",
        f"{DIVISOR} == 0 unless {RATIO}",
        "sum(failed / asked) > 5 and sum(asked) > 0",
        "(failed / asked) * (asked > bool 0) != 0.1",
        "(failed / asked) * (asked >= bool 0) > 0.1",
        "(failed / asked) * (failed > bool 0) > 0.1",
        "(failed / asked) + (asked > bool 0) > 0.1",
        "sum((failed / asked) * (asked > bool 0)) > 0.1",
    ],
)
def test_what_looks_like_a_guard_and_is_none(expression: str) -> None:
    assert in_alert("division-by-zero", expression)


@pytest.mark.parametrize(
    "expression",
    [
        'sum(rate(x_total{code=~"5.."}[5m])) / sum(rate(x_total[5m])) > 0.01',
        "failed / (failed + passed) > 0.5",
        "(size - free) / size * 100 > 90",
        "rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m]) > 1",
        'sum(rate(x_bucket{le="1"}[5m])) / sum(rate(x_count[5m])) < 0.9',
        "rate(x_failed_total[5m]) / ignoring (reason) group_left () rate(x_total[5m]) > 0.01",
        "(rate(a[5m]) or rate(b[5m])) / ((rate(a[5m]) or rate(b[5m])) + rate(c[5m])) > 0.01",
        "node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.1",
        "node_filesystem_files_free / node_filesystem_files < 0.1",
        "volume_available_bytes / volume_capacity_bytes < 0.1",
    ],
)
def test_a_part_of_nothing_is_nan_which_no_threshold_lets_pass(expression: str) -> None:
    assert not in_alert("division-by-zero", expression)


@pytest.mark.parametrize(
    "expression",
    [
        'rate(x_total[5m]) / rate(x_total{code="500"}[5m]) > 2',
        "free / (size - free) > 2",
        "container_memory_usage_bytes / container_memory_limit_bytes > 0.9",
        "x_avail_bytes / y_size_bytes > 0.9",
        "rate(x_total[5m]) / rate(x_failed_total[5m]) > 2",
        'rate(x_total{code="500"}[5m]) / rate(x_total[5m]) != 0.5',
    ],
)
def test_a_whole_of_its_part_may_be_infinite(expression: str) -> None:
    assert in_alert("division-by-zero", expression)


@pytest.mark.parametrize(
    "expression",
    ["x / y < 0.1", "x / y == 1", "100 * (x / y) <= 5", "x / y * 100 + 1 < 5", "0.1 > x / y"],
)
def test_what_neither_infinity_nor_nan_passes_fires_for_neither(expression: str) -> None:
    assert not in_alert("division-by-zero", expression)


@pytest.mark.parametrize(
    "expression",
    ["1 - x / y < 0.1", "-(x / y) < 0.1", "x / y * -1 < 5", "1 / (x / y) > 2", "0.1 < x / y", "x / y != 1",
     "avg(x / y) < 1", "(x / y < bool 0.1) == 0"],
)  # fmt: skip
def test_what_turns_the_quotient_round_may_fire(expression: str) -> None:
    assert in_alert("division-by-zero", expression)


def test_a_divisor_of_several_lines_is_said_on_one() -> None:
    (message,) = found("division-by-zero", rule_file({"alert": "A", "expr": "x / (\n  y  # all\n  + z\n) > 2"}))
    assert message.startswith("where ( y + z ) is 0 ")


@pytest.mark.parametrize(
    "divisor",
    ["node_memory_MemTotal_bytes", "process_max_fds", "kafka_disk_capacity_total", "count_over_time(up[1h])",
     "max_over_time(node_memory_MemTotal_bytes[1h])", "scalar(count(up))", "cache_capacity_elements",
     "host_memory_physical_total_mb", "(kube_node_status_capacity != 1)", "(MemoryPoolUsed + MemoryPoolFree)"],
)  # fmt: skip
def test_a_capacity_is_never_zero(divisor: str) -> None:
    assert not in_alert("division-by-zero", f"used / {divisor} > 0.9")


@pytest.mark.parametrize(
    ("whole", "is_harmless"),
    [
        ("host_disk_total_bytes", True),
        ("sysHostDiskTotalBlocks", True),
        ("node_memory_total", True),
        ("brick_capacity_bytes_total", True),
        ("vm_inode_files_total", True),
        ("(node_memory_MemTotal or node_memory_MemTotal_bytes)", True),
        ("last_over_time(server_quota_backend_bytes[5m])", True),
        ("memory_alloc_limit_mb", True),
        ("container_memory_limit_bytes", False),
        ("node_swap_total_bytes", False),
        ("rate(sent_total_bytes[5m])", False),
        ("tasks_total", False),
    ],
)
def test_what_a_machine_has_is_not_zero(whole: str, is_harmless: bool) -> None:  # noqa: FBT001
    assert bool(in_alert("division-by-zero", f"used / {whole} > 0.9")) is not is_harmless


def test_a_capacity_may_have_a_pattern_for_its_name() -> None:
    used = 'used / {__name__=~"%s"} > 0.9'
    assert not in_alert("division-by-zero", used % "debezium_(mysql|mariadb)_connector_metrics_QueueTotalCapacity")
    assert in_alert("division-by-zero", used % "tasks|QueueTotalCapacity")
