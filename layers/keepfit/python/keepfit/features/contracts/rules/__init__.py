"""The rules of contracts, one file each."""
