"""A mail server that speaks enough SMTP to take messages."""

import socketserver
import threading
from contextlib import contextmanager


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 test")
        for line in self.rfile:
            command = line[:4].upper().strip()
            if command == b"DATA":
                self.say("354 go on")
                self.server.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.say("221 bye" if command == b"QUIT" else "250 ok")
            if command == b"QUIT":
                return

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server():
    """Yield a server with its `port` and the `messages` it took."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.messages, server.port = [], server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
