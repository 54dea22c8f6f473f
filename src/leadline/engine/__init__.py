"""The turn: reread the handbook, collect, evaluate, publish; once a minute, for as long as a server runs."""
