"""A user's own genres: learnt from a handful of songs, on the model's embedding."""
