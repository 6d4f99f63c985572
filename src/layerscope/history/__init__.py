"""From builders' history lines and Dockerfiles to instructions, and from instructions to layers."""
