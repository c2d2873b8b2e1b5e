"""The copy of a roster that goes back to its enterprise, with every finding marked."""
