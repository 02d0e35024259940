"""The JSON of organizations, members, invitations, API keys and sessions."""
