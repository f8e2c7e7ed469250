"""The text protocol, classic and meta commands: cocached replies what memcached replies, byte for byte."""

from conformance.comparison import Comparison


class Framing(Comparison):
    script_name = "framing.txt"


class Storage(Comparison):
    script_name = "storage.txt"


class Retrieval(Comparison):
    script_name = "retrieval.txt"


class Arithmetic(Comparison):
    script_name = "arithmetic.txt"


class Expiry(Comparison):
    script_name = "expiry.txt"


class Noreply(Comparison):
    script_name = "noreply.txt"


class Admin(Comparison):
    script_name = "admin.txt"


class Stats(Comparison):
    script_name = "stats.txt"


class Closing(Comparison):
    script_name = "closing.txt"


class Switches(Comparison):
    script_name = "switches.txt"


class Meta(Comparison):
    script_name = "meta.txt"


del Comparison  # has no conversations of its own
