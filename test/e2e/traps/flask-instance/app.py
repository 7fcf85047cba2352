import os
import sqlite3

from flask import Flask

app = Flask(__name__, instance_relative_config=True)
os.makedirs(app.instance_path, exist_ok=True)
DATABASE = os.path.join(app.instance_path, "visits.sqlite")


@app.route("/")
def visit():
    with sqlite3.connect(DATABASE) as db:
        db.execute("CREATE TABLE IF NOT EXISTS visits (at TEXT)")
        db.execute("INSERT INTO visits VALUES (datetime())")
    return "visit counted\n"
