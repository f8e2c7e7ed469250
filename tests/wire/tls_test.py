"""TLS: the same conversations, who is let in, and certificates that change while it serves."""

import contextlib
import os
import shutil
import signal
import ssl
import subprocess
import threading
import unittest

from support import server
from support.certificates import Authority, client_context
from support.conversation import ask, read_exactly, read_to_end, read_until, read_while_stopping
from support.server import PORT_LINE, wait_until

HOST = "cache.example"
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def setUpModule():
    global authority, identity, stranger
    authority = Authority()
    unittest.addModuleCleanup(authority.close)
    identity = authority.sign(HOST)
    stranger = Authority("stranger")
    unittest.addModuleCleanup(stranger.close)


def start(*options, listen="127.0.0.1", flags=(), own=None):
    own = own or identity
    files = [f"ssl_chain_cert={own.certificate}", f"ssl_key={own.key}"]
    return server.cocached("-Z", "-o", ",".join([*files, *options]), *flags, listen=listen)


def connect(running, context=None, session=None, port=None):
    context = context or client_context(authority)
    link = running.connect() if port is None else connect_to(running, port)
    return context.wrap_socket(link, server_hostname=HOST, session=session)


def connect_to(running, port):
    running.port = port
    return running.connect()


def stats(running, *arguments, context=None):
    with connect(running, context) as link:
        lines = ask(link, " ".join(("stats", *arguments)).encode() + b"\r\n", b"END\r\n")
    return dict(line.split(" ", 2)[1:] for line in lines.decode().splitlines()[:-1])


def ports(running, count):
    found = wait_until(
        lambda: len(all := PORT_LINE.findall(running.port_lines())) == count and all, "its ports"
    )
    return [int(port) for port in found]


class Conversations(unittest.TestCase):
    def setUp(self):
        self.server = start()
        self.addCleanup(self.server.stop)

    def test_set_and_get_in_each_version(self):
        for version in VERSIONS:
            with connect(self.server, client_context(authority, version=version)) as link:
                self.assertEqual(b"STORED\r\n", ask(link, b"set a 0 0 3\r\nabc\r\n"))
                self.assertEqual(
                    b"VALUE a 0 3\r\nabc\r\nEND\r\n", ask(link, b"get a\r\n", b"END\r\n")
                )

    def test_values_of_every_size_around_a_record(self):
        with connect(self.server) as link:
            for size in (0, 1, 2048, 2049, 16383, 16384, 16385, 32768, 100_000, 1_000_000):
                value = os.urandom(size)
                stored = ask(link, b"set a 0 0 %d\r\n" % size + value + b"\r\n")
                self.assertEqual(b"STORED\r\n", stored)
                whole = b"VALUE a 0 %d\r\n" % size + value + b"\r\nEND\r\n"
                link.sendall(b"get a\r\n")
                self.assertTrue(whole == read_exactly(link, len(whole)), size)

    def test_a_pipeline_longer_than_a_record(self):
        with connect(self.server) as link:
            link.sendall(b"set k 0 0 1\r\nx\r\nget k\r\n" * 3000 + b"quit\r\n")
            one = b"STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n"
            self.assertTrue(read_to_end(link) == one * 3000)

    def test_requests_in_one_record_each(self):
        with connect(self.server) as link:
            for _ in range(500):
                link.sendall(b"get missing\r\n")
            self.assertEqual(b"END\r\n" * 500, read_exactly(link, 2500))

    def test_a_client_that_reads_late_gets_every_byte(self):
        """The server's socket takes part of a record, again and again."""
        value = os.urandom(900_000)
        with connect(self.server) as link:
            ask(link, b"set large 0 0 900000\r\n" + value + b"\r\n")
            link.sendall(b"get large\r\n" * 20)
            read_begun = link.recv(1)
            one = b"VALUE large 0 900000\r\n" + value + b"\r\nEND\r\n"
            self.assertTrue(read_begun + read_exactly(link, len(one) * 20 - 1) == one * 20)

    def test_byte_by_byte(self):
        """Handshake and requests, every byte in a segment of its own."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client_context(authority).wrap_bio(incoming, outgoing, server_hostname=HOST)
        with self.server.connect() as link:

            def step(action):
                while True:
                    with contextlib.suppress(ssl.SSLWantReadError):
                        return action()
                    trickle()
                    incoming.write(link.recv(1 << 16))

            def trickle():
                for byte in outgoing.read():
                    link.sendall(bytes([byte]))

            step(client.do_handshake)
            client.write(b"set a 0 0 3\r\nabc\r\nget a\r\n")
            received = b""
            while not received.endswith(b"END\r\n"):
                received += step(lambda: client.read(100))
            self.assertEqual(b"STORED\r\nVALUE a 0 3\r\nabc\r\nEND\r\n", received)

    def test_goodbye_is_said(self):
        """A client can tell the end from a cable that was cut."""
        with connect(self.server) as link:
            link.sendall(b"version\r\nquit\r\n")
            read_until(link, b"\r\n")
            self.assertEqual(b"", link.recv(100))  # an end without it would raise

    def test_many_clients_at_once(self):
        failures = []

        def client(number):
            try:
                with connect(self.server) as link:
                    for turn in range(20):
                        value = b"%d-%d" % (number, turn)
                        ask(link, b"set k%d 0 0 %d\r\n" % (number, len(value)) + value + b"\r\n")
                        reply = ask(link, b"get k%d\r\n" % number, b"END\r\n")
                        self.assertIn(value, reply)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=client, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)

    def test_a_client_without_tls_is_turned_away_and_counted(self):
        with self.server.connect() as link:
            link.sendall(b"get a\r\n")
            self.assertNotIn(b"END", read_to_end(link))
        self.assertEqual("1", stats(self.server)["ssl_handshake_errors"])

    def test_idle_clients_are_parked_and_come_back(self):
        with connect(self.server) as link:
            ask(link, b"get a\r\n")
            with connect(self.server) as other:
                shows = lambda: b":state conn_waiting" in ask(other, b"stats conns\r\n", b"END\r\n")
                wait_until(shows, "the idle client to be parked")
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))

    def test_stopping_delivers_what_is_owed(self):
        running = start()
        value = os.urandom(1_000_000)
        with connect(running) as link:
            ask(link, b"set large 0 0 1000000\r\n" + value + b"\r\n")
            link.sendall(b"get large\r\n" * 10)
            received = read_while_stopping(running, link)
        one = b"VALUE large 0 1000000\r\n" + value + b"\r\nEND\r\n"
        self.assertTrue(received == one * (len(received) // len(one)))
        self.assertGreaterEqual(len(received), len(one))

    def test_stopping_ends_each_session_cleanly(self):
        for version in VERSIONS:
            running = start()
            context = client_context(authority, version=version)
            with connect(running, context) as idle, connect(running, context) as answered:
                ask(idle, b"get a\r\n")
                running.process.send_signal(signal.SIGSTOP)
                answered.sendall(b"get a\r\n")
                running.process.send_signal(signal.SIGTERM)
                running.process.send_signal(signal.SIGCONT)
                for link, owed in ((idle, b""), (answered, b"END\r\n")):
                    link.settimeout(10)
                    link.suppress_ragged_eofs = False
                    received = b"".join(iter(lambda link=link: link.recv(4096), b""))
                    self.assertEqual(owed, received)
            running.stop()


class Admission(unittest.TestCase):
    def assert_let_in(self, running, context, port=None):
        with connect(running, context, port=port) as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))

    def assert_refused(self, running, context, port=None):
        with self.assertRaises((ssl.SSLError, ConnectionError, AssertionError)):
            self.assert_let_in(running, context, port)

    def test_certificates_of_clients(self):
        nobody = client_context(authority)
        known = client_context(authority, authority.sign("client"))
        unknown = client_context(authority, stranger.sign("client"))
        ca = f"ssl_ca_cert={authority.certificate}"
        for mode, let_in, refused in (
            (0, (nobody, known, unknown), ()),
            (1, (nobody, known), (unknown,)),
            (2, (known,), (nobody, unknown)),
            (3, (known,), (nobody, unknown)),
        ):
            with self.subTest(mode=mode), start(ca, f"ssl_verify_mode={mode}") as running:
                for context in let_in:
                    self.assert_let_in(running, context)
                for context in refused:
                    self.assert_refused(running, context)
                errors = stats(running, context=known)["ssl_handshake_errors"]
                self.assertEqual(str(len(refused)), errors)

    def test_each_listener_has_its_own_rule(self):
        listen = "notls:127.0.0.1:0,btls:127.0.0.1:0,mtls:127.0.0.1:0,127.0.0.1:0"
        nobody = client_context(authority)
        known = client_context(authority, authority.sign("client"))
        options = [f"ssl_ca_cert={authority.certificate}", "ssl_verify_mode=1"]
        with start(*options, listen=listen) as running:
            plain, basic, mutual, usual = ports(running, 4)
            with connect_to(running, plain) as link:
                self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            self.assert_let_in(running, nobody, basic)
            self.assert_refused(running, nobody, mutual)
            self.assert_let_in(running, known, mutual)
            self.assert_let_in(running, nobody, usual)
            self.assert_refused(running, nobody, plain)

    def test_the_least_version(self):
        old = client_context(authority, version=ssl.TLSVersion.TLSv1_2)
        with start("ssl_min_version=tlsv1.3") as running:
            self.assert_refused(running, old)
            self.assert_let_in(running, client_context(authority))

    def test_ciphers(self):
        chosen = "ssl_ciphers=ECDHE-ECDSA-AES256-GCM-SHA384:TLS_AES_128_GCM_SHA256"
        with start(chosen) as running:
            for version, name in zip(
                VERSIONS, ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_AES_128_GCM_SHA256"), strict=True
            ):
                with connect(running, client_context(authority, version=version)) as link:
                    self.assertEqual(name, link.cipher()[0])


class Resumption(unittest.TestCase):
    def resumes(self, running, version, port=None, identity_of_client=None):
        context = client_context(authority, identity_of_client, version)
        with connect(running, context, port=port) as link:
            ask(link, b"get a\r\n")  # a ticket comes behind the handshake
            session = link.session
        with connect(running, context, session, port) as link:
            self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            return link.session_reused

    def test_with_and_without_a_cache(self):
        with start("ssl_session_cache") as with_cache, start() as without:
            for version in VERSIONS:
                with self.subTest(version.name):
                    self.assertTrue(self.resumes(with_cache, version))
                    self.assertFalse(self.resumes(without, version))
            self.assertEqual("3", stats(with_cache)["ssl_new_sessions"])  # with the one that asks

    def test_with_certificates_of_clients(self):
        options = [f"ssl_ca_cert={authority.certificate}", "ssl_verify_mode=2", "ssl_session_cache"]
        client = authority.sign("client")
        with start(*options) as running:
            for version in VERSIONS:
                self.assertTrue(self.resumes(running, version, identity_of_client=client))

    def test_a_session_is_no_way_around_a_certificate(self):
        """Begun where none is asked for, it is not resumed where one is."""
        options = [f"ssl_ca_cert={authority.certificate}", "ssl_session_cache"]
        with start(*options, listen="btls:127.0.0.1:0,mtls:127.0.0.1:0") as running:
            basic, mutual = ports(running, 2)
            context = client_context(authority, version=ssl.TLSVersion.TLSv1_2)
            with connect(running, context, port=basic) as link:
                ask(link, b"get a\r\n")
                session = link.session
            with self.assertRaises((ssl.SSLError, ConnectionError, AssertionError)):
                with connect(running, context, session, mutual) as link:
                    ask(link, b"get a\r\n")


class Refreshing(unittest.TestCase):
    def setUp(self):
        # Files of its own, which change under it.
        self.own = authority.sign("changing")
        shutil.copy(identity.certificate, self.own.certificate)
        shutil.copy(identity.key, self.own.key)
        self.server = start(own=self.own)
        self.addCleanup(self.server.stop)
        self.next = authority.sign("next")

    def install(self, new):
        shutil.copy(new.certificate, self.own.certificate)
        shutil.copy(new.key, self.own.key)

    def shown(self):
        """The name in the certificate that a new client sees."""
        context = client_context(authority)
        context.check_hostname = False
        with connect(self.server, context) as link:
            return link.getpeercert()["subjectAltName"][0][1]

    def test_new_clients_see_the_new_one_and_the_old_stay(self):
        with connect(self.server) as old:
            self.assertEqual(HOST, self.shown())
            self.install(self.next)
            self.assertEqual(HOST, self.shown())
            self.assertEqual(b"OK\r\n", ask(old, b"refresh_certs\r\n"))
            self.assertEqual("next", self.shown())
            self.assertEqual(b"END\r\n", ask(old, b"get a\r\n"))

    def test_by_a_hangup_signal(self):
        with connect(self.server) as old:
            self.install(self.next)
            self.server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: self.shown() == "next", "the new certificate")
            self.assertEqual(b"END\r\n", ask(old, b"get a\r\n"))

    def test_unusable_certificates_change_nothing(self):
        with open(self.own.certificate, "w", encoding="ascii") as file:
            file.write("no certificate\n")
        with connect(self.server) as link:
            self.assertRegex(ask(link, b"refresh_certs\r\n"), rb"^SERVER_ERROR .*changing\.crt")
        self.assertEqual(HOST, self.shown())

    def test_a_key_of_another_certificate_changes_nothing(self):
        shutil.copy(self.next.key, self.own.key)
        with connect(self.server) as link:
            self.assertRegex(ask(link, b"refresh_certs\r\n"), rb"^SERVER_ERROR ")
        self.assertEqual(HOST, self.shown())

    def test_under_load_nobody_is_dropped(self):
        failures = []
        enough = threading.Event()

        def load():
            try:
                with connect(self.server, context) as link:
                    while not enough.is_set():
                        self.assertEqual(b"END\r\n", ask(link, b"get a\r\n"))
            except Exception as error:
                failures.append(error)

        context = client_context(authority)
        context.check_hostname = False
        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for turn in range(20):
            self.install(self.next if turn % 2 else identity)
            with connect(self.server, context) as link:
                self.assertEqual(b"OK\r\n", ask(link, b"refresh_certs\r\n"))
        enough.set()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)


class Figures(unittest.TestCase):
    def test_stats(self):
        with start() as running:
            shown = stats(running)
            self.assertEqual("1", shown["ssl_new_sessions"])
            self.assertEqual("0", shown["ssl_proto_errors"])
            self.assertGreaterEqual(int(shown["time_since_server_cert_refresh"]), 0)

    def test_settings(self):
        with start("ssl_wbuf_size=8,ssl_session_cache,ssl_min_version=3") as running:
            shown = stats(running, "settings")
            self.assertEqual("yes", shown["ssl_enabled"])
            self.assertEqual(identity.certificate, shown["ssl_chain_cert"])
            self.assertEqual("8192", shown["ssl_wbuf_size"])
            self.assertEqual("yes", shown["ssl_session_cache"])
            self.assertEqual("tlsv1.3", shown["ssl_min_version"])


class Mistakes(unittest.TestCase):
    def exit_code(self, *flags):
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        ended = subprocess.run(
            [os.environ["COCACHED_BIN"], "-p", "-1", "-l", "127.0.0.1", "--no-http", *user, *flags],
            capture_output=True,
            timeout=server.PATIENCE,
            check=False,
        )
        return ended.returncode

    def test_it_does_not_start(self):
        files = f"ssl_chain_cert={identity.certificate},ssl_key={identity.key}"
        for code, flags in (
            (64, ["-Z"]),
            (64, ["-Z", "-o", files + ",ssl_verify_mode=2"]),
            (64, ["-o", "ssl_verify_mode=4"]),
            (64, ["-l", "mtls:127.0.0.1"]),
            (71, ["-Z", "-o", "ssl_chain_cert=/no/such/file"]),
            (71, ["-Z", "-o", f"ssl_chain_cert={identity.certificate},ssl_key=/no/such/file"]),
            (71, ["-Z", "-o", f"{files},ssl_ciphers=no-such-cipher"]),
            (71, ["-Z", "-o", f"ssl_chain_cert={identity.certificate},ssl_key={stranger.key}"]),
        ):
            with self.subTest(flags=flags):
                self.assertEqual(code, self.exit_code(*flags))
