"""The files for containers, read as their users would.

Once: these tests read files that no compiler sees.
"""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import unittest

import yaml

from packaging.files import PACKAGING, ROOT, packaged, run
from support import server

POD = "10.0.0.7:9150"  # the name that a kubelet calls
URL = re.compile(r"^http://0\.0\.0\.0:(\d+)/$", re.MULTILINE)


def image_environment():
    return dict(re.findall(r"^ENV (\w+)=(\S+)$", packaged("Dockerfile"), re.MULTILINE))


@contextlib.contextmanager
def running(*flags, arguments=()):
    """The server as in the image, but at free ports. Yields that of its endpoint."""
    with server.cocached("--http", "0.0.0.0:0", *arguments, *flags) as started:
        yield int(server.wait_until(lambda: URL.search(started.output("out")), "URL")[1])


@contextlib.contextmanager
def token_file():
    with tempfile.NamedTemporaryFile("w") as file:
        print("t0ken", file=file, flush=True)
        yield file.name


def status(port, path):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, server.PATIENCE)) as client:
        client.request("GET", path, headers={"Host": POD})
        return client.getresponse().status


@contextlib.contextmanager
def server_that_says(answer):
    """To one client. Its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            link, _ = listener.accept()
            with link:
                link.recv(4096)
                link.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def memory_need(mebibytes, connections):
    """As the server computes it, in MiB."""
    return mebibytes + 32 + connections * 32 / 1024


class Containers(unittest.TestCase):
    def test_kubernetes_gives_the_memory_that_is_needed(self):
        service, nodes = yaml.safe_load_all(packaged("kubernetes.yaml"))
        pod = nodes["spec"]["template"]["spec"]
        container, = pod["containers"]
        arguments = dict(zip(container["args"][::2], container["args"][1::2]))
        limit = int(re.fullmatch(r"(\d+)Mi", container["resources"]["limits"]["memory"])[1])
        self.assertGreaterEqual(limit, memory_need(int(arguments["-m"]), int(arguments["-c"])))
        self.assertEqual(container["resources"]["limits"]["memory"],
                         container["resources"]["requests"]["memory"])
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        self.assertFalse(pod["enableServiceLinks"])
        names = {port["name"] for port in container["ports"]}
        self.assertEqual(names, {port["targetPort"] for port in service["spec"]["ports"]})
        self.assertEqual(service["metadata"]["name"], nodes["spec"]["serviceName"])
        self.assertEqual(service["spec"]["selector"], nodes["spec"]["selector"]["matchLabels"])
        self.assertEqual(service["spec"]["selector"], nodes["spec"]["template"]["metadata"]["labels"])

    def test_the_probes_of_kubernetes_reach_the_endpoint_and_are_answered(self):
        _, nodes = yaml.safe_load_all(packaged("kubernetes.yaml"))
        container, = nodes["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        probes = [container[kind]["httpGet"] for kind in ("livenessProbe", "readinessProbe")]
        self.assertEqual(["/livez", "/readyz"], [probe["path"] for probe in probes])
        address, port = image_environment()["COCACHED_HTTP"].split(":")
        self.assertEqual("0.0.0.0", address)  # not the loopback: the kubelet comes from elsewhere
        for probe in probes:
            self.assertEqual(int(port), ports[probe["port"]])
            self.assertEqual({"path", "port"}, probe.keys())  # as it is asked below
        with running(arguments=container["args"]) as port, token_file() as token:
            for probe in probes:
                self.assertEqual(200, status(port, probe["path"]))
            with running("--http-token-file", token) as guarded:
                self.assertEqual([200, 200, 401], [status(guarded, path)
                                                   for path in ("/livez", "/readyz", "/metrics")])

    def test_the_image_is_healthy_when_it_answers(self):
        check = json.loads(re.search(r"(?ms)^HEALTHCHECK .*?CMD (\[.*?\])$", packaged("Dockerfile"))[1]
                           .replace("\\\n", ""))
        with running() as port:
            self.assertEqual(0, self.health(check, port))
        self.assertNotEqual(0, self.health(check, port))
        with server_that_says(b"HTTP/1.0 503 Service Unavailable\r\n\r\n") as port:
            self.assertNotEqual(0, self.health(check, port))

    @staticmethod
    def health(check, port):
        environment = os.environ | {"COCACHED_HTTP": f"0.0.0.0:{port}"}
        return subprocess.run(check, env=environment, capture_output=True, check=False,
                              timeout=server.PATIENCE).returncode

    def test_compose_gives_the_memory_that_is_needed(self):
        service = yaml.safe_load(packaged("compose.yaml"))["services"]["cocached"]
        mebibytes = int(service["environment"]["COCACHED_MEMORY_LIMIT"])
        limit = int(service["mem_limit"].removesuffix("m"))
        self.assertGreaterEqual(limit, memory_need(mebibytes, 1024))
        build = service["build"]
        self.assertTrue(os.path.samefile(ROOT, os.path.join(PACKAGING, build["context"])))
        self.assertTrue(os.path.exists(os.path.join(ROOT, build["dockerfile"])))

    def test_the_environment_of_both_is_understood(self):
        service = yaml.safe_load(packaged("compose.yaml"))["services"]["cocached"]
        image = image_environment()
        started = subprocess.run([os.environ["COCACHED_BIN"], "--threads=0"], capture_output=True,
                                 text=True, check=False, timeout=60,
                                 env=os.environ | service["environment"] | image)
        self.assertIn("threads must be greater than 0", started.stderr)
        help_text = run(os.environ["COCACHED_BIN"], "--help")
        for name in service["environment"] | image:
            self.assertIn("--" + name.removeprefix("COCACHED_").lower().replace("_", "-"), help_text)

    def test_the_image_has_the_libraries_and_no_more_rights(self):
        stages = re.split(r"^FROM ", packaged("Dockerfile"), flags=re.MULTILINE)[1:]
        self.assertEqual(["debian:12-slim AS build", "debian:12-slim"],
                         [stage.split("\n")[0] for stage in stages])
        self.assertRegex(stages[-1], r"(?m)^USER \d+:\d+$")
        self.assertNotRegex(stages[-1], r"(?m)^USER 0")
        self.assertIn("COPY --from=build /source/build/release/bin/cocached", stages[-1])
        # The packages of these libraries bring the libraries that they need in turn.
        direct = set(re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", os.environ["COCACHED_BIN"])))
        found = re.findall(r"(\S+) => (?:/usr)?(\S+)", run("ldd", os.environ["COCACHED_BIN"]))
        needed = {path for name, path in found if name in direct}
        owners = [subprocess.run(["dpkg", "-S", *(prefix + file for file in needed)], text=True,
                                 capture_output=True, check=False).stdout for prefix in ("", "/usr")]
        packages = {line.split(":")[0] for line in "".join(owners).splitlines()}
        self.assertGreater(len(packages), 3)
        present = set(re.findall(r"\bz?lib[\w.+-]+", stages[-1])) | {"libc6", "libgcc-s1"}
        sanitizers = {"libasan8", "libtsan2", "libubsan1"}
        self.assertEqual(set(), packages - present - sanitizers)


if __name__ == "__main__":
    unittest.main()
