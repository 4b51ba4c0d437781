"""What a network hears."""
