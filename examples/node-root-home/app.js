const fs = require('fs');
const os = require('os');
const path = require('path');
const express = require('express');

const dir = path.join(os.homedir(), '.config', 'bookmarks');
const settings = JSON.parse(fs.readFileSync(path.join(dir, 'settings.json'), 'utf8'));
const store = path.join(dir, settings.file);

const load = () => (fs.existsSync(store) ? JSON.parse(fs.readFileSync(store, 'utf8')) : []);

const app = express();
app.use(express.json());

app.get('/', (req, res) => {
  res.json({ title: settings.title, bookmarks: load() });
});

app.post('/', (req, res) => {
  const bookmarks = [...load(), { url: req.body.url, added: new Date() }];
  fs.writeFileSync(store, JSON.stringify(bookmarks, null, 2));
  res.status(201).json({ count: bookmarks.length });
});

app.listen(3000, () => console.log('bookmarks on 3000'));
