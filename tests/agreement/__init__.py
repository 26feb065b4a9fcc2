"""Agreement: on generated sites the tracer, the rules for PF and iptables read back, and real packets under nftables and
iptables must agree on every packet.

    topology   the addresses and ports that sites and machines share
    cases      generated sites, and servers that go down
    packets    packets to try on a site
    claims     the destination of a packet according to the tracer
    readers    the same by the emitted rules for PF and for iptables
    wires      machines in network namespaces, and packets between them
    kernels    the same by the emitted rules in the kernel
    spoiled    backends with a fault, which these tests must find
    judge      tries a case on all of them, counts, and reports the differences
"""
