"""The tracer: what a site does to the first packet of a connection, and why, as a pure function of the site.

It follows the meaning of the language (docs/language.md, "What happens to a connection"), not the rules of any packet
filter; tests compare every filter with it. It contains no text for people.

A trace has three parts, each of which depends on the one before:

1. The *entry*: the side from which the packet comes. If its interface is not stated, it is assumed by the source: an
   address of the device is the device itself, an address in an internal net comes in by an internal interface, any other by
   an external one. Where an interface is stated, it tells the side; the source does so on an interface of both sides.
2. The *verdict*: `Balanced` with the service and its pool, or the obstacle. If there are several obstacles, the first in
   this order counts, since the later ones do not matter then: the packet is the device's own, no service has its address,
   protocol and port, rules do not see the packet, the service is not reflected for a packet from inside, it is for other
   clients, it has no pool, its pool has no server to take connections.
3. The *outcome*: the destination of the packet. A balanced packet goes to a server. If only the server is missing, the
   packet reaches no machine (`NOBODY`). Any other packet goes to its own destination: it ends at the device, is forwarded,
   or stays within one internal net and does not pass the device (`ASIDE`).

For example, with the internal net 192.168.1.0/24, and a service at 203.0.113.1 with a pool and without `reflect`:

    packet from      entry                 verdict         outcome
    198.51.100.7     outside               Balanced        BALANCED, to a server of the pool
    192.168.1.99     inside                NotReflected    DEVICE, since the service's address is one of the device
    203.0.113.1      the device itself     Own             DEVICE

A trace takes time in the numbers of services, of internal nets, and of servers.
"""
