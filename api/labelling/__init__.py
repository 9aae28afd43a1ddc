"""From a lot to printed packs: what a label says, who may print it, how many, and drawing them."""
