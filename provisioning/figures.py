"""Give those who watch the platform the figures of certificates."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

from myfone.kernel import clock
from myfone.kernel.metrics import gauges


@gauges
def certificates() -> Iterator[Metric]:
    """Say how many certificates are in use, late with their renewal, and stopped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT in_use, late, stopped FROM provisioning_certificate_figures(%s)", [clock.now()]
        )
        in_use, late, stopped = cursor.fetchone()
    family = GaugeMetricFamily(
        "myfone_certificates", "Certificates; late: under a quarter of the life left", labels=["state"]
    )
    family.add_metric(["in_use"], in_use)
    family.add_metric(["late"], late)
    family.add_metric(["stopped"], stopped)
    yield family
