"""Where recorded music comes from."""
