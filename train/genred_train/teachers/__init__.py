"""Networks that others trained, by name: what they say of music is taught to a network of ours."""
