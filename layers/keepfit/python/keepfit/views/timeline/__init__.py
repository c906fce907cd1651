"""The timeline of a model: drift, performance, alarms, trainings and releases on one axis."""
