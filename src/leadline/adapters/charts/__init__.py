"""
Charts: small pure functions from figures to SVG, one definition for pages, reports and chat.

Fluid in width and fixed in height; text never scales, and every colour is a class of the style sheet.
"""
