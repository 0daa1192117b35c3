"""How a proposal is found: a sample of the file, the roles of its columns, its values, its layout."""
