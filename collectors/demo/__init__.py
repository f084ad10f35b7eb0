"""The demo: a workspace that everybody may look at, fed by simulated platforms."""
