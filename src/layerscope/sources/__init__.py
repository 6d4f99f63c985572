"""Where images come from: each source turns a reference into a `RawImage`."""
