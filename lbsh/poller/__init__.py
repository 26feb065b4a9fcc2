"""The poller: finds out which servers are up, and has failed ones taken out of the rules (paper, section 3.2 and Fig. 10).

What decides is pure: health, clock and scheduler get the time as an argument and open nothing. What does is around it: the
loop, the engines that carry out probes, and the handler that has the gateway act.
"""
