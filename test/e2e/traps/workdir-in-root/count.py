import os

count = int(open("count").read()) if os.path.exists("count") else 0
with open("count", "w") as file:
    file.write(str(count + 1))
print("counted to", count + 1)
