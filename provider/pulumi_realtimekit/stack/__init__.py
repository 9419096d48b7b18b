"""What a Python program takes from its stack's config."""
