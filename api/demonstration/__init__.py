"""The demonstration: invented people, one true-to-life season of 怀地黄, recorded like any other."""
