"""Clients of the Open Inference Protocol: programs that ask as tritonclient's and KServe's users do."""
