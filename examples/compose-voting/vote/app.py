import json
import os
import time

from flask import Flask, render_template, request

from tally import Tally

OPTIONS = ("Cats", "Dogs")

app = Flask(__name__)
tally = Tally(os.getenv("REDIS_HOST", "redis"))


@app.get("/health")
def health():
    return "ok"


@app.get("/")
def form():
    return render_template("index.html", options=OPTIONS, vote=None)


@app.post("/")
def vote():
    choice = request.form["vote"]
    tally.add(choice)
    with open("audit/votes.jsonl", "a") as audit:
        audit.write(json.dumps({"time": time.time(), "vote": choice}) + "\n")
    return render_template("index.html", options=OPTIONS, vote=choice)


@app.get("/results")
def results():
    return {option: tally.count(option) for option in OPTIONS}
