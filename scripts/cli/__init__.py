"""The `keepfit` command: what people do and look at, against AWS or the embedded cloud alike."""
