"""The command as it is installed; the wheel puts all that it needs of the checkout into this package.

It is no interface: what others may import is ``keepfit`` and ``keepfit_cdk``.
"""
