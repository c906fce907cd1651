"""The CDK app of this repository: the stacks of all definitions in models/."""

from keepfit_cdk import KeepfitApp

app = KeepfitApp()
# Stacks of your own go here. `app.stacks` has keepfit's, and `Platform.imported_into(stack)` what models share.
app.synth()
