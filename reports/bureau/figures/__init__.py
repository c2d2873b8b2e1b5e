"""Every figure of the bureau's reports."""
