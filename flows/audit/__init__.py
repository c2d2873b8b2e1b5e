"""One audit: from the inbox to the output folder."""
