"""Finished models: ONNX files that were made elsewhere, as candidates of a run."""
