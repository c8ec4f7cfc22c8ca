"""Recordings of the lab in other spellings, and with more connectors."""

from __future__ import annotations

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_for_profile
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile, shipped_profiles
from dashlib.preview.recording import metrics_of
from dashlib.preview.simulation import spelled_as, with_connectors
from dashlib.preview.sources import recording_named
from dashlib.recordings.recording import Recording, Series
from tests.compiled import ROOT

HEALTHY = recording_named("healthy")


def servers(recording: Recording) -> set[str]:
    return {each.labels["server"] for each in recording.series if "server" in each.labels}


@pytest.mark.parametrize("count", [1, 3, 16, 36])
def test_there_are_as_many_connectors_as_wanted(count: int) -> None:
    assert len(servers(with_connectors(HEALTHY, count))) == count


def test_the_same_seed_gives_the_same_recording_and_another_one_does_not() -> None:
    first = with_connectors(HEALTHY, 4, seed=1)
    assert first == with_connectors(HEALTHY, 4, seed=1)
    assert first != with_connectors(HEALTHY, 4, seed=2)


def test_a_connector_has_one_name_in_all_labels() -> None:
    recording = with_connectors(HEALTHY, 3)
    assert servers(recording) == {"orders-server", "customers-server", "inventory-server"}
    both = {
        (each.labels["server"], each.labels["connector"])
        for each in recording.series
        if {"server", "connector"} <= each.labels.keys()
    }
    assert both == {(f"{name}-server", f"{name}-connector") for name in ("orders", "customers", "inventory")}


@pytest.mark.parametrize("name", shipped_profiles())
def test_what_a_profiles_dashboards_ask_for_is_there_if_the_lab_has_it(name: str) -> None:
    profile, lab = load_profile(name), load_profile("lab")
    found = {each.labels["__name__"] for each in spelled_as(HEALTHY.series, profile)}
    recorded = {each.labels["__name__"] for each in HEALTHY.series}
    connected = [catalog().metric(each) for each in ("Connected", "QueueTotalCapacity", "MilliSecondsBehindSource")]
    for metric in connected:
        assert lab.metric_name(metric) in recorded
        if profile.exports(metric):
            plugin, context = "mysql", "streaming"
            assert profile.metric_name(metric).replace("{plugin}", plugin).replace("{context}", context) in found


def test_values_are_scaled_as_the_profile_has_them() -> None:
    lag = catalog().metric("MilliSecondsBehindSource")
    lab = load_profile("lab")
    given = Series({"__name__": lab.metric_name(lag), "server": "a", "context": "streaming"}, "1500 stale _")
    for name in shipped_profiles():
        profile = load_profile(name)
        if profile.exports(lag):
            (one,) = spelled_as([given], profile)
            value, *rest = one.samples()
            assert float(value) * profile.scale(lag) == pytest.approx(1.5)
            assert rest == ["stale", "_"]


def test_the_labs_own_metrics_stay_as_they_are() -> None:
    assert spelled_as(HEALTHY.series, load_profile("lab")) == list(HEALTHY.series)
    documents = compile_for_profile(load_project(ROOT)).documents
    recorded = {each.labels["__name__"] for each in HEALTHY.series}
    assert "debezium_metrics_Connected" in recorded & set(metrics_of(documents))
