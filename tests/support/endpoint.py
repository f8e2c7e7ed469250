"""A server with an HTTP endpoint, and a client of each."""

import http.client
import re
import unittest

from support import server

URL = re.compile(r"^http://127\.0\.0\.1:(\d+)/$", re.MULTILINE)


class Endpoint(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        self.server = server.cocached("--http", "127.0.0.1:0", *self.OPTIONS)
        self.addCleanup(self.server.stop)
        self.port = int(server.wait_until(lambda: URL.search(self.server.output("out")), "URL")[1])
        self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=server.PATIENCE)
        self.addCleanup(self.client.close)

    def get(self, path, method="GET", **headers):
        self.client.request(method, path, headers=headers)
        response = self.client.getresponse()
        return response, response.read().decode()

    def status(self, path, **headers):
        return self.get(path, **headers)[0].status

    def talk(self, request, end):
        with self.server.connect() as link:
            link.sendall(request)
            reply = b""
            while not reply.endswith(end):
                reply += link.recv(65536)
            return reply.decode()
