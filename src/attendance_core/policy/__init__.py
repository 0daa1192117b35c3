"""Policy: rules that turn marks into concerns, and the register check."""
