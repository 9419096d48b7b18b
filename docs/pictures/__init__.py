"""The pictures of the site: `make pictures` runs what they show, writes down what came of it in `data`, and draws that.

They are drawn from `data`, the declarations and the other pages only, so that they can be drawn again to the byte.
"""
