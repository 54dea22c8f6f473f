"""The HTTP interface: routes, texts and checks derive from the operations."""
