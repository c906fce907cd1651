"""The Open Inference Protocol V2: a tensor for each field, in JSON or in binary, as Triton and KServe speak it."""
