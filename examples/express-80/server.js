const express = require('express');

const app = express();
const port = process.env.PORT || 80;

app.use(express.static('public'));

app.get('/healthz', (req, res) => {
  res.send('ok');
});

app.get('/api/greet/:name', (req, res) => {
  res.json({ greeting: `Hello, ${req.params.name}!` });
});

app.listen(port, () => {
  console.log(`greeter listening on port ${port}`);
});
