"""A search of hundreds of trials, some of which misbehave, by one worker and by several."""
