"""Monitoring in the cloud: the monitor's function and schedule, the alarms, the dashboard."""
