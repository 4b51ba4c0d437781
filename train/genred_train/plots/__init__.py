"""Pictures: of recordings, of augmentation, of collections and of results."""
