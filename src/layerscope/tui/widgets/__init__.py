"""Widgets that know nothing of images: the virtual tree, bars."""
