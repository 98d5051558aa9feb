"""Grading many submissions: a warm room that runs them, a judge who keeps the tests, and a gradebook.

Who may see what:

    driver    the gradebook and every submission          (`driver`, `rows`)
    judge     one submission and the sealed chapter       (`judge`, `sealed`), a process of its own for each core
    warm      torch and the course, and nothing else      (`warm`), started with an empty environment
    player    one submission's cells, inside a sandbox    (`player`, `sandbox`), forked from warm for each submission

A test's text reaches a player only when it is to run, and its answer comes back as plain data.
"""
