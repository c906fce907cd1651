"""House defaults of buckets, tables, queues, functions, alarms and schedules."""
