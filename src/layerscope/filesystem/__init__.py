"""What layers do to the tree: reading their tars, stacking them, comparing them."""
