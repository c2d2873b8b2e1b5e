"""Inboxes of awful files."""
