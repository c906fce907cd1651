"""keepfit: files in S3 become a monitored prediction API that keeps itself fit."""
