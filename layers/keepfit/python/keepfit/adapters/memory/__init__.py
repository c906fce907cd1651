"""The ports in memory, under the same contract tests as the AWS adapters."""
