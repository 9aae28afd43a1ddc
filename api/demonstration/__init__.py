"""The demonstration: invented people and the seasons of six herbs, recorded like any other."""
