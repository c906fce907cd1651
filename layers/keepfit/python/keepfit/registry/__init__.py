"""Registry: versions of models, their releases, and the ledger of what served when."""
