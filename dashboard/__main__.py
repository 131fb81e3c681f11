"""`python -m dashboard [--port 8501]`: the same process as `streamlit run dashboard/app.py`, after one question.

Streamlit takes the port before it reads a line of ours, so only a start from here can say what to do when it is taken.
"""

import argparse
import os
import socket
import sys
import tomllib
from pathlib import Path

from streamlit.web import cli

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; returns 1 with a sentence on stderr when the port is taken."""
    os.chdir(ROOT)  # .streamlit/config.toml is read from the working directory
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("STREAMLIT_SERVER_PORT", 0)))
    asked = parser.parse_args(arguments)
    # Streamlit would take a look at its own configuration for a change of it, and warn.
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    address, port = server["address"], asked.port or server["port"]
    if taken := why_not(address, port):
        sys.stderr.write(f"{taken}\n")
        return 1
    cli.main(["run", str(ROOT / "dashboard" / "app.py"), "--server.port", str(port)], prog_name="streamlit")
    return 0


def why_not(address: str, port: int) -> str | None:
    """The sentence that says why nobody can listen there, or None."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, OverflowError) as error:
            return (
                f"Port {port} on {address} is not available ({error}). If that is the running room, open "
                f"http://{address}:{port}; otherwise stop the other program or start with --port {port + 1}."
            )
    return None


if __name__ == "__main__":
    sys.exit(main())
