import argparse
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("--data-dir")
args = parser.parse_args()
with open(os.path.join(args.data_dir, "state.json"), "w") as file:
    json.dump({"runs": 1}, file)
print("saved")
