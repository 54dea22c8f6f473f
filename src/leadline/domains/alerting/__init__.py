"""Alerting: which tiers hold, episodes of alerts, and what people are told of them."""
