"""The docks and bars of the window, one file each; every panel is `show_state(state)` and knows no other panel."""
