"""Reports: the result of a monitor's run, as a document and as a page."""
