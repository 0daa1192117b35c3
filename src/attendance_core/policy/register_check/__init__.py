"""The register check: one module a question to the register, one way to run them."""
