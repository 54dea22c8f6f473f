"""Who may: tokens for those who ask from outside, and the record of what was asked for."""
