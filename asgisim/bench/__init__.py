"""What things cost: middlewares, peers, asgisim itself. Data first; words and pictures are made from it.

A suite is a list of cases (`measuring.Case`); all cases of a suite run in turn, round by round, and what is
told is the ratio of two of them in the same round.
"""
