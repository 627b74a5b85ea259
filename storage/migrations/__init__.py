"""The database's shape, step by step. A step that was ever released is never changed: the next one mends it."""
