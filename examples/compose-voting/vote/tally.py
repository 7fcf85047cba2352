import socket


class Tally:
    """Counts votes in Redis. Two commands are not worth a client library."""

    def __init__(self, host, port=6379):
        self.address = (host, port)

    def _ask(self, *words):
        with socket.create_connection(self.address, timeout=5) as s, s.makefile("rwb") as f:
            f.write(b"*%d\r\n" % len(words))
            for word in words:
                data = word.encode()
                f.write(b"$%d\r\n%s\r\n" % (len(data), data))
            f.flush()
            reply = f.readline()
            if reply.startswith(b"-"):
                raise RuntimeError(reply.decode().strip())
            if reply.startswith(b"$"):
                reply = b"0" if reply.startswith(b"$-1") else f.readline()
            return int(reply.lstrip(b":"))

    def add(self, option):
        return self._ask("INCR", "votes:" + option)

    def count(self, option):
        return self._ask("GET", "votes:" + option)
