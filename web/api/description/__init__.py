"""The description of the API (OpenAPI 3.1), put together from the tables that the views themselves use."""
