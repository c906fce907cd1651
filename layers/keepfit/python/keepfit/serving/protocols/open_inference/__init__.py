"""The Open Inference Protocol V2 of Triton and KServe: a tensor for each field, in JSON or binary."""
