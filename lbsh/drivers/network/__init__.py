"""The network of the machine: addresses, routes, rules of routing and settings that a site asks for.

`items` are the parts of it, `wanted` those that a site asks for, `decide` the steps from what is there to what should be;
`linux`, `freebsd` and `nothing` look and carry out steps.
"""
