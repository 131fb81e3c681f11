"""The floor of a node: waves, walks, kits and boxes. Pure: takes values and a policy, returns values with reasons."""
