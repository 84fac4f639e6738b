"""Finding texts by meaning and by words: a sentence encoder, a vector index, a lexical index and their fusion."""
