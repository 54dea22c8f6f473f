"""
Any server that speaks Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics, Cortex.

`settings` reads the connection, `client` makes one request and tells failures apart, `batches` asks many expressions
in one request and splits what fails, `source` turns SLI queries into numbers, `hints` explains empty answers.
"""

from leadline.adapters.sources.prometheus.source import PrometheusSource

__all__ = ["PrometheusSource"]
