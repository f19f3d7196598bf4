"""Documents: a frozen context, then pure functions to bytes. No query while rendering, nothing from the network."""
