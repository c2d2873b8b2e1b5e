"""From raw cells to typed values."""
