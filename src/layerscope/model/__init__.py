"""The nouns of layerscope. Standard library only: no reading, no printing, no deciding."""
