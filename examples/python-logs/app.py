import logging
import os
import sqlite3
from logging.handlers import RotatingFileHandler

from flask import Flask, jsonify, request

DATABASE = "guestbook.db"

app = Flask(__name__)

os.makedirs("logs", exist_ok=True)
handler = RotatingFileHandler("logs/app.log", maxBytes=1_000_000, backupCount=3)
handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
app.logger.addHandler(handler)
app.logger.setLevel(logging.INFO)


def db():
    conn = sqlite3.connect(DATABASE)
    conn.execute("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, name TEXT, text TEXT)")
    return conn


@app.get("/")
def index():
    with db() as conn:
        rows = conn.execute("SELECT name, text FROM entries ORDER BY id DESC LIMIT 20").fetchall()
    app.logger.info("listed %d entries", len(rows))
    return jsonify(guestbook=[{"name": n, "text": t} for n, t in rows])


@app.post("/entries")
def add():
    entry = request.get_json()
    with db() as conn:
        conn.execute("INSERT INTO entries (name, text) VALUES (?, ?)", (entry["name"], entry["text"]))
    app.logger.info("new entry from %s", entry["name"])
    return jsonify(ok=True), 201


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000)
