"""Benchmarks: the figures of the design, measured, each with its target and the ratio to a peer of the same run."""
