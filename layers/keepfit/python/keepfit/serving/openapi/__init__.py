"""The description of the API as OpenAPI has it, made of the signatures that serve."""
