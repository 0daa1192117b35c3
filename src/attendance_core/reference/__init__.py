"""Dated and cited facts as TOML beside their reader."""
