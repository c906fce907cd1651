"""Types: what the values of each type of a field are, in files, requests, SQL, models and monitors."""
