"""The prediction log: logged predictions, parsed, and a record of what was collected."""
