"""The timeline of a model: drift, predictions, performance, alarms, trainings and releases on one axis of time."""
