"""The embedded AWS: runs the synthesized templates on a laptop, without Docker or an account.

``cloud`` starts and stops it, ``deployer`` puts a synthesized assembly on it, ``launcher`` is the process
itself, ``overlay`` is what we change in the emulator, one file per area.
"""
