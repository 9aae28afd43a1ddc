"""The demonstration: invented people and a season of 怀地黄, recorded like any other."""
