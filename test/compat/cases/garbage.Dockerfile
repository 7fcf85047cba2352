hello world
{ "a": 1 }
