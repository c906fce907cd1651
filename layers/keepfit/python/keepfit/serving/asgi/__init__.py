"""An ASGI application that answers for one model as its Lambda function does."""
