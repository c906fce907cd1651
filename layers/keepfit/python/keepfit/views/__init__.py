"""Views: the state of a deployment as values, read over ports alone.

Commands and a console show them.
"""
