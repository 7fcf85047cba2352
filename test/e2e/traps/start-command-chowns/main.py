with open("/var/lib/app/state", "w") as state:
    state.write("kept")
print(open("/var/lib/app/state").read())
