"""Agreement: on generated sites the tracer, the rules for PF and iptables read back, and real packets under nftables and
iptables must say the same of every packet.

    topology   the addresses and ports that sites and machines share
    cases      generated sites, and servers that go down
    packets    packets to try on a site
    claims     what a packet meets, as the tracer has it
    readers    the same by the emitted rules for PF and for iptables
    wires      machines in network namespaces, and packets between them
    kernels    the same by the emitted rules in the kernel
    spoiled    backends with a fault, which all of this must find
    judge      puts a case to all of them, counts, and says where they differ
"""
