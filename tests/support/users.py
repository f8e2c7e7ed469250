"""Files of users who may log in."""

import contextlib
import os
import tempfile


@contextlib.contextmanager
def users_file(user, password):
    """The path of a file with one user, as long as it is needed."""
    with tempfile.NamedTemporaryFile("w", prefix="cocached-users-", encoding="utf-8") as file:
        file.write(f"{user}:{password}\n")
        file.flush()
        os.chmod(file.name, 0o644)  # the server reads it as another user
        yield file.name
