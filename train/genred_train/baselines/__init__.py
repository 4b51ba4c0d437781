"""What a network has to beat: small learners on features that people named."""
