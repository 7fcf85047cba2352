import { useState } from 'react';
import { createRoot } from 'react-dom/client';

function App() {
  const [items, setItems] = useState(['Write the report']);
  const [text, setText] = useState('');

  const add = (event) => {
    event.preventDefault();
    if (text) setItems([...items, text]);
    setText('');
  };

  return (
    <form onSubmit={add}>
      <ul>{items.map((item) => <li key={item}>{item}</li>)}</ul>
      <input value={text} onChange={(e) => setText(e.target.value)} />
      <button>Add</button>
    </form>
  );
}

createRoot(document.getElementById('root')).render(<App />);
