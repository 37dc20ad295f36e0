"""What the monitor does -> the four golden signals for Prometheus: latency, traffic, errors, saturation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.config import Source
from scheduler.jobs import Visit
from storage.store import Store

_VISIT_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_LOOP_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_HOUR = timedelta(hours=1)


class Metrics:
    """The counters of this process, and what is asked of the store when somebody wants to know."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        new: Any = {"namespace": "exchangewatch", "registry": self._registry}
        source = ["source"]
        self._visits = Histogram("visit_seconds", "How long visits took", source, buckets=_VISIT_SECONDS, **new)
        self._failed = Counter("visit_failures", "Visits that could not read their source", source, **new)
        self._pages = Counter("pages", "Pages fetched", source, **new)
        self._articles = Counter("articles", "Articles stored", source, **new)
        self._reports = Counter("reports", "Articles that report an exchange", source, **new)
        self._unreadable = Counter("unreadable_pages", "Pages without an article", source, **new)
        self._alerts = Counter("alerts", "Alerts put into the outbox", source, **new)
        self._loop = Histogram("loop_lag_seconds", "How late the loop woke", buckets=_LOOP_SECONDS, **new)
        self._canary = Gauge("canary_seconds", "How long the last canary took to be told", **new)
        self._canary_at = Gauge("canary_last_success_timestamp", "When a canary was last told", **new)
        self._canary_failed = Counter("canary_failures", "Canaries that were not told", **new)
        ProcessCollector(namespace="exchangewatch", registry=self._registry)

    def visited(self, visit: Visit, seconds: float) -> None:
        """Count a visit."""
        self._visits.labels(visit.source).observe(seconds)
        self._failed.labels(visit.source).inc(visit.problem is not None)
        for counter, count in (
            (self._pages, visit.pages),
            (self._articles, visit.articles),
            (self._reports, visit.reports),
            (self._unreadable, visit.unreadable),
            (self._alerts, visit.alerts),
        ):
            counter.labels(visit.source).inc(count)

    def woke_late(self, seconds: float) -> None:
        """Count by how much the loop was late."""
        self._loop.observe(max(0.0, seconds))

    def canary(self, seconds: float | None) -> None:
        """Count a canary: the seconds that it took, or None where it died."""
        if seconds is None:
            self._canary_failed.inc()
        else:
            self._canary.set(seconds)
            self._canary_at.set(datetime.now(UTC).timestamp())

    def exposition(self, store: Store, sources: Sequence[Source]) -> bytes:
        """All of it as Prometheus reads it, with what the store knows now. Raises StorageError."""
        stored = CollectorRegistry()
        stored.register(_Stored(list(_of_store(store, sources))))
        return generate_latest(self._registry) + generate_latest(stored)


class _Stored(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _of_store(store: Store, sources: Sequence[Source]) -> Iterator[Metric]:
    now = datetime.now(UTC)
    states = store.source_states()
    lag = GaugeMetricFamily(
        "exchangewatch_source_lag_seconds", "From publication to reading, median", labels=["source"]
    )
    read = GaugeMetricFamily("exchangewatch_source_read_age_seconds", "Since it was last read", labels=["source"])
    for source in sources:
        lags = [each.total_seconds() for each in store.lags(source.name)]
        if lags:
            lag.add_metric([source.name], median(lags))
        state = states.get(source.name)
        if state and state.last_success:
            read.add_metric([source.name], (now - state.last_success).total_seconds())
    yield lag
    yield read
    late = GaugeMetricFamily(
        "exchangewatch_alerts_overdue", "Alerts that wait for more than a minute", labels=["channel"]
    )
    for channel, count in store.overdue(now - timedelta(minutes=1)).items():
        late.add_metric([channel], count)
    yield late
    told = sorted(store.told_after(now - _HOUR))
    seconds = GaugeMetricFamily(
        "exchangewatch_alert_seconds", "From an alert to its acceptance, in the last hour", labels=["quantile"]
    )
    for share in (0.5, 0.99):
        if told:
            seconds.add_metric([str(share)], told[min(len(told) - 1, int(len(told) * share))])
    yield seconds
    counts = store.counts()
    yield GaugeMetricFamily("exchangewatch_stored_articles", "Articles in the store", value=counts.articles)
    yield GaugeMetricFamily("exchangewatch_stored_events", "Events in the store", value=counts.events)
    yield GaugeMetricFamily("exchangewatch_alerts_pending", "Alerts in the outbox", value=counts.deliveries_pending)
    yield GaugeMetricFamily("exchangewatch_troubles", "What the operators were told of", value=len(store.troubles()))
