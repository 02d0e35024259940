"""Django's PostgreSQL backend, whose transactions say who acts, and why."""
