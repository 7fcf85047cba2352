import os
import sys

pid_file = sys.argv[sys.argv.index("--pidfile") + 1]
with open(pid_file, "w") as file:
    file.write(str(os.getpid()))
print("work done")
os.remove(pid_file)
