"""How the steps of an audit are run: who does the work, and what Prefect has of it."""
