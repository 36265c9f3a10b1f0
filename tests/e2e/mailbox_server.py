"""A mail server for tests, on the loopback."""
import email.message
import socketserver
import threading


class Mailbox:
    """A mail server that takes everything."""

    def __init__(self) -> None:
        self.mails: list[email.message.Message] = []
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write((line + "\r\n").encode())

            def handle(self) -> None:
                self.say("220 invented")
                for raw in self.rfile:
                    word = raw.split()[0].upper() if raw.split() else b""
                    if word == b"DATA":
                        self.say("354 go on")
                        mailbox.mails.append(email.message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n"))))
                    self.say("221 bye" if word == b"QUIT" else "250 yes")
                    if word == b"QUIT":
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def subjects(self) -> list[str]:
        return sorted(mail["Subject"] for mail in self.mails)
