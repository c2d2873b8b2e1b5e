"""The other commands, which read what an audit has written or one roster."""
