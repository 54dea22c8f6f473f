"""What the inside asks of the outside, as Protocols. Implementations live in `adapters/`."""
