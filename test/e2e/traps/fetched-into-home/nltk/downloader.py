"""Stands in for the real one, which fetches its data to the same place."""
import os, sys

folder = os.path.expanduser("~/nltk_data/corpora")
os.makedirs(folder)
with open(os.path.join(folder, sys.argv[1]), "w") as words:
    words.write("harbour\nlantern\nmeadow\n")
