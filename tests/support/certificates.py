"""Makes the keys and certificates that a test needs, with the openssl command."""

import os
import ssl
import subprocess
import tempfile

DAYS = "2"
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Identity:
    """A certificate and its key, as files."""

    def __init__(self, folder, name):
        self.name = name
        self.certificate = os.path.join(folder, name + ".crt")
        self.key = os.path.join(folder, name + ".key")

    def _let_the_server_read_it(self):
        os.chmod(self.key, 0o644)  # it has become another user when it reads it again


class Authority(Identity):
    """Signs certificates. `close` deletes its files."""

    def __init__(self, name="authority"):
        self._folder = tempfile.TemporaryDirectory(prefix="cocached-test-")
        os.chmod(self._folder.name, 0o755)
        super().__init__(self._folder.name, name)
        openssl("req", "-x509", *KEY, "-keyout", self.key, "-out", self.certificate, "-days", DAYS,
                "-subj", f"/CN={name}")

    def sign(self, name):
        """A new identity, for the host `name` or the user `name`."""
        signed = Identity(self._folder.name, name)
        request = signed.certificate + ".request"
        openssl("req", "-new", *KEY, "-keyout", signed.key, "-out", request, "-subj", f"/CN={name}")
        extension = request + ".extension"
        with open(extension, "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-days", DAYS, "-extfile", extension,
                "-out", signed.certificate)  # fmt: skip
        signed._let_the_server_read_it()
        return signed

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def close(self):
        self._folder.cleanup()


def client_context(authority, identity=None, version=None):
    """A client's context: trusts `authority`, shows `identity`, speaks only `version` of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.certificate)
    if identity:
        context.load_cert_chain(identity.certificate, identity.key)
    if version:
        context.minimum_version = context.maximum_version = version
    return context
