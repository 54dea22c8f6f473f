"""
Any server that speaks Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics, Cortex.

`settings` reads the connection; `client` makes one request and tells failures apart; `plans` turns queries into
expressions, `batches` asks many of them at once and splits what fails, `parts` makes arrays of the replies; `hints`
explains empty answers; `source` puts them in order.
"""

from leadline.adapters.sources.prometheus.source import PrometheusSource

__all__ = ["PrometheusSource"]
