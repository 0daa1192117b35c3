"""One loader for every TOML and JSON document: structure, key paths, dump."""
