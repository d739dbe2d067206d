"""Reports as documents in the reader's language, composed from the twin and its history. Used on the pool."""
