"""Tasks as a user would say them, each with the calls that solve it and a check of what came of it.

``python -m evaluations`` solves them with the reference calls, ``python -m evaluations --client COMMAND`` with any
program that speaks MCP, an agent above all. Both work on a simulated organisation that is made anew for every task.
"""
