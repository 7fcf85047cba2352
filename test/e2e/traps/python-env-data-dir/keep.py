import os
import pathlib

place = pathlib.Path(os.environ["NOTES_DATA_DIR"])
place.mkdir(parents=True, exist_ok=True)
(place / "note.txt").write_text("remember")
print("kept in", place)
