"""Protocols and links. They use the vocabulary of twin.model only; the rest of Oikos does not depend on a protocol."""
