import os

cache = os.path.expanduser("~/.cache/tool")
os.makedirs(cache, exist_ok=True)
with open(os.path.join(cache, "index"), "w") as file:
    file.write("1")
print("cached")
