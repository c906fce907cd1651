"""Places: where keepfit is deployed, and what is deployed there."""
