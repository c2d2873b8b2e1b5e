"""Made-up rosters: people who do not exist, written as untidily as real rosters are, with the truth beside them."""
