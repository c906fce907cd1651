"""Every port in memory, passing the same contract tests as the AWS adapters."""
