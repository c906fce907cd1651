"""Field types: validation, SQL, requests, encoding and binning; one file each."""
