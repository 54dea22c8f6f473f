"""Files for Prometheus, generated from the handbook: rules, their unit tests, and how their alerts are told."""
