import sqlite3

db = sqlite3.connect("notes.db")
db.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)")
for text in ("one", "two", "three"):
    db.execute("INSERT INTO notes VALUES (?)", (text,))
db.commit()
print(db.execute("SELECT count(*) FROM notes").fetchone()[0], "notes")
