"""SAMPLES: sources that hand over mono blocks at the model's own rate."""
