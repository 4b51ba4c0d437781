"""Changes that leave the genre."""
