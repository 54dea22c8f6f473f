"""Pure arithmetic of reliability: no I/O, no clock, no environment, no logging, no rounding."""
