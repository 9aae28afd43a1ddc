"""The page of a packet, part by part from its head to what only engineers ask."""
