"""Reports: what a run of the monitor found, as a document and as a page."""
