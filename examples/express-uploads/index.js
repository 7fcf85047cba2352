const fs = require('fs');
const path = require('path');
const express = require('express');

const UPLOADS = path.join(__dirname, 'uploads');
const TMP = './tmp';

fs.mkdirSync(UPLOADS, { recursive: true });
fs.mkdirSync(TMP, { recursive: true });

const app = express();

app.get('/', (req, res) => {
  res.json({ files: fs.readdirSync(UPLOADS).filter((f) => !f.startsWith('.')) });
});

app.use('/files', express.static(UPLOADS));

// The body goes to a temporary file first, so that half an upload never shows up in the list.
app.put('/files/:name', (req, res, next) => {
  const name = path.basename(req.params.name);
  const part = path.join(TMP, `${Date.now()}-${name}.part`);
  const out = fs.createWriteStream(part);
  out.on('error', next);
  out.on('finish', () => {
    // uploads/ may be a volume, and a rename does not cross from one file system to another
    fs.copyFileSync(part, path.join(UPLOADS, name));
    fs.unlinkSync(part);
    res.status(201).json({ saved: name });
  });
  req.pipe(out);
});

app.listen(3000, () => console.log('listening on 3000'));
