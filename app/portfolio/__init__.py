"""Several sites watched at once: the list of them in a file, and the digest of each, asked of its own engine."""
