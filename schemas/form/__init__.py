"""The roster form: what it asks for, how it looks, and how last year's roster fills it."""
