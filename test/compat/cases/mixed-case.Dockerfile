From alpine
rUn a
