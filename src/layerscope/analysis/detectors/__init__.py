"""Detectors: each answers one question about an inspection with findings; `DETECTORS` lists them."""
