import os

with open(os.path.expanduser("~/nltk_data/corpora/words")) as words:
    print(len(words.readlines()), "words")
